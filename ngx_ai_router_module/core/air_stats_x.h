
/*
 * The list of counters, once.  Define the macros wanted, include this file,
 * and they are gone again at its end.
 *
 *   AIR_STAT(ID, json, metric, help)      a counter of a row
 *   AIR_STAT_LEVEL(ID, json, metric, help)  a level of a row: may fall
 *   AIR_STAT_HIST(ID, json, metric, label, kind, help)  a histogram of a row
 *   AIR_STAT_GLOBAL(ID, json, metric, type, help)  one value for all
 *
 * A row is one (vendor, model, workflow).  Requests that reached no vendor
 * are counted in the row with an empty vendor and model.
 */

#ifndef AIR_STAT
#define AIR_STAT(id, json, metric, help)
#endif

#ifndef AIR_STAT_LEVEL
#define AIR_STAT_LEVEL(id, json, metric, help)
#endif

#ifndef AIR_STAT_HIST
#define AIR_STAT_HIST(id, json, metric, label, kind, help)
#endif

#ifndef AIR_STAT_GLOBAL
#define AIR_STAT_GLOBAL(id, json, metric, type, help)
#endif


AIR_STAT(REQUESTS, "requests", "ai_requests_total",
         "Requests answered, by the target whose answer the caller got")
AIR_STAT(ERRORS, "errors", "ai_request_errors_total",
         "Requests that ended with an error for the caller")
AIR_STAT(REFUSED, "refused", "ai_requests_refused_total",
         "Requests refused before any vendor was asked")
AIR_STAT(STREAMS, "streams", "ai_streams_total",
         "Requests answered as a stream")
AIR_STAT(ATTEMPTS, "attempts", "ai_attempts_total",
         "Tries at this target")
AIR_STAT(FAILED, "attempts_failed", "ai_attempts_failed_total",
         "Tries that failed")
AIR_STAT(FALLBACKS, "fallbacks", "ai_fallbacks_total",
         "Requests this target answered after another one failed")
AIR_STAT(ESCALATIONS, "escalations", "ai_escalations_total",
         "Answers that failed their floor and went to a stronger target")
AIR_STAT(FLOOR_PASSED, "floor_passed", "ai_floor_passed_total",
         "Answers that were judged and passed")
AIR_STAT(FLOOR_FAILED, "floor_failed", "ai_floor_failed_total",
         "Answers that were judged and failed")
AIR_STAT(FLOOR_UNSURE, "floor_unsure", "ai_floor_unsure_total",
         "Answers that could not be judged")
AIR_STAT(FLOOR_COST, "floor_failed_cost_pusd",
         "ai_floor_failed_cost_picodollars_total",
         "What answers cost that failed and were not given, in 1e-12 USD")
AIR_STAT(ABORTS, "aborts", "ai_client_aborts_total",
         "Requests whose caller left before the end")
AIR_STAT(DRAINED, "drained", "ai_drained_total",
         "Replies read to their end for a caller that had left")
AIR_STAT(COOLDOWNS, "cooldowns", "ai_cooldowns_total",
         "Times this target was put to rest")
AIR_STAT(PROBES, "probes", "ai_probes_total",
         "Half-open tries that decide whether a target is back")
AIR_STAT(SKIPPED, "skipped", "ai_skipped_total",
         "Times this target was passed over while resting")
AIR_STAT(ESTIMATED, "estimated", "ai_usage_estimated_total",
         "Tries whose usage is an estimate")
AIR_STAT(UNKNOWN, "unknown_cost", "ai_cost_unknown_total",
         "Tries whose cost nobody knows")
AIR_STAT(SUSPECT, "suspect", "ai_usage_suspect_total",
         "Tries whose reported usage is implausible")
AIR_STAT(LOSSES, "lost", "ai_losses_total",
         "Tries that lost something of their request or reply")
AIR_STAT(LEFT_OUT, "left_out", "ai_left_out_total",
         "Times this target was not asked for what it cannot do")
AIR_STAT(RETRIES_REFUSED, "retries_refused", "ai_retries_refused_total",
         "Requests of this workflow whose retry its budget refused")
AIR_STAT(BUDGET_REFUSED, "budget_refused", "ai_budget_refused_total",
         "Requests of this workflow that no budget had room for")
AIR_STAT(BUDGET_SOFT, "budget_soft", "ai_budget_soft_total",
         "Requests of this workflow that came while a budget was past its "
         "soft mark")
AIR_STAT(BUDGET_DEGRADED, "budget_degraded", "ai_budget_degraded_total",
         "Requests of this workflow that a budget sent to another tier")
AIR_STAT(BUDGET_CUT, "budget_cut", "ai_budget_cut_total",
         "Streams of this target that were stopped where what was set aside "
         "for them ended")
AIR_STAT(LIMITED_REQUESTS, "limited_requests", "ai_limited_requests_total",
         "Requests of this workflow over a limit of requests a minute")
AIR_STAT(LIMITED_TOKENS, "limited_tokens", "ai_limited_tokens_total",
         "Requests of this workflow over a limit of tokens a minute")
AIR_STAT(LIMITED_RUNNING, "limited_running", "ai_limited_running_total",
         "Requests of this workflow over a limit of requests at once")
AIR_STAT(HEDGES, "hedges", "ai_hedges_total",
         "Second tries at this target because another one was late")
AIR_STAT(HEDGES_WON, "hedges_won", "ai_hedges_won_total",
         "Second tries whose answer the caller got")
AIR_STAT(HEDGES_LOST, "hedges_lost", "ai_hedges_lost_total",
         "Second tries cancelled because the first one was sooner")
AIR_STAT(HEDGES_STOPPED, "hedges_stopped", "ai_hedges_stopped_total",
         "Times this target was late and no second try was allowed")
AIR_STAT(CACHE_HITS, "cache_hits", "ai_cache_hits_total",
         "Answers of this target that came from a cache: they are no tries")
AIR_STAT(REPLAYED, "replayed", "ai_replayed_total",
         "Requests that were done before, by their Idempotency-Key")
AIR_STAT(SHADOWS, "shadows", "ai_shadows_total",
         "Requests of the workflow that were asked again of another target")
AIR_STAT(SHADOWS_DROPPED, "shadows_dropped", "ai_shadows_dropped_total",
         "Requests that were to be: too large, nobody left, no room or money")
AIR_STAT(SHADOW_PAIRS, "shadow_pairs", "ai_shadow_pairs_total",
         "Shadows whose answer was compared with the caller's")
AIR_STAT(SHADOW_KEPT, "shadow_kept", "ai_shadow_kept_total",
         "Pairs where the caller's answer was at least as good")
AIR_STAT(SHADOW_SUFFICED, "shadow_sufficed", "ai_shadow_sufficed_total",
         "Pairs where the shadow's answer was at least as good")
AIR_STAT(BYTES_SENT, "bytes_sent", "ai_vendor_sent_bytes_total",
         "Bytes of request bodies sent to the vendor")
AIR_STAT(BYTES_RECEIVED, "bytes_received", "ai_vendor_received_bytes_total",
         "Bytes of reply bodies read from the vendor")

AIR_STAT_LEVEL(INFLIGHT, "in_flight", "ai_in_flight",
               "Tries running now")
AIR_STAT_LEVEL(STATE, "state", "ai_target_state",
               "Health of the target: 0 good, 1 being probed, 2 resting")

AIR_STAT_HIST(DURATION, "duration", "gen_ai_client_operation_duration_seconds",
              NULL, AIR_HIST_MS,
              "Time from sending a try to the end of its reply")
AIR_STAT_HIST(REQUEST_TIME, "request_time",
              "gen_ai_server_request_duration_seconds",
              NULL, AIR_HIST_MS,
              "Time from a caller's request to the end of its answer, all "
              "tries included")
AIR_STAT_HIST(FIRST_TOKEN, "first_token",
              "gen_ai_server_time_to_first_token_seconds",
              NULL, AIR_HIST_MS,
              "Time from sending a try to its first content")
AIR_STAT_HIST(PER_TOKEN, "per_token_us",
              "gen_ai_server_time_per_output_token_seconds",
              NULL, AIR_HIST_US,
              "Time from a try's first content to its end, by each token of "
              "output behind the first")
AIR_STAT_HIST(INPUT, "input_tokens", "gen_ai_client_token_usage",
              "input", AIR_HIST_TOKENS,
              "Billable tokens of a try")
AIR_STAT_HIST(OUTPUT, "output_tokens", "gen_ai_client_token_usage",
              "output", AIR_HIST_TOKENS,
              "Billable tokens of a try")

AIR_STAT_GLOBAL(START, "start_seconds", "ai_start_time_seconds", "gauge",
                "When the shared zone was made, seconds since 1970")
AIR_STAT_GLOBAL(ACTIVE, "active", "ai_requests_active", "gauge",
                "Requests running now")
AIR_STAT_GLOBAL(ZONE_SIZE, "zone_bytes", "ai_zone_bytes", "gauge",
                "Size of the shared zone")
AIR_STAT_GLOBAL(ZONE_ROWS_LOST, "rows_lost", "ai_zone_rows_lost_total",
                "counter",
                "Observations not counted because the zone had no room")
AIR_STAT_GLOBAL(LEDGER_WRITABLE, "ledger_writable", "ai_ledger_writable",
                "gauge", "1 while records can be written")
AIR_STAT_GLOBAL(LEDGER_RECORDS, "ledger_records", "ai_ledger_records_total",
                "counter", "Records written")
AIR_STAT_GLOBAL(LEDGER_ERRORS, "ledger_errors", "ai_ledger_errors_total",
                "counter", "Records that could not be written")
AIR_STAT_GLOBAL(LEDGER_ORPHANS, "ledger_orphans", "ai_ledger_orphans_total",
                "counter", "Tries of dead workers that were settled")
AIR_STAT_GLOBAL(LEDGER_INFLIGHT, "ledger_in_flight", "ai_ledger_in_flight",
                "gauge", "Slots of the in-flight table in use")
AIR_STAT_GLOBAL(ASIDES, "asides", "ai_asides_total", "counter",
                "Calls of the router's own that were sent: probes, judges, "
                "second opinions, shadows")
AIR_STAT_GLOBAL(ASIDES_REFUSED, "asides_refused", "ai_asides_refused_total",
                "counter", "Those that there was no place or money for")
AIR_STAT_GLOBAL(PRICES_TIME, "prices_time_seconds",
                "ai_prices_time_seconds", "gauge",
                "Date of the price table, seconds since 1970")


#undef AIR_STAT
#undef AIR_STAT_LEVEL
#undef AIR_STAT_HIST
#undef AIR_STAT_GLOBAL
