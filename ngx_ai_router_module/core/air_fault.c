
/*
 * The table of faults.
 */

#include "air_fault.h"


#define AIR_INV  "invalid_request_error"

#define AIR_TEXT_UNREACHABLE                                                  \
    "The provider could not be reached. Please try again."
#define AIR_TEXT_TIMEOUT                                                      \
    "The provider did not answer in time. Please try again."
#define AIR_TEXT_BAD                                                          \
    "The provider gave an answer that could not be used."
#define AIR_TEXT_ERROR                                                        \
    "The provider had an error while processing the request."
#define AIR_TEXT_LARGE                                                        \
    "The provider's answer is larger than allowed."


static const air_fault_row_t  air_faults[AIR_NFAULT] = {

    [AIR_FAULT_NONE] =
        { "none", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_SETTLE, 0, 200,
          "server_error", NULL, "", 0, 0 },

    [AIR_FAULT_REFUSED] =
        { "refused", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE, 30,
          502, "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE,
          2, 0 },
    [AIR_FAULT_CONNECT_TIMEOUT] =
        { "connect_timeout", AIR_MOVE_NEXT, AIR_HEALTH_DOWN,
          AIR_LEDGER_RELEASE, 36, 504, "timeout_error", "provider_timeout",
          AIR_TEXT_TIMEOUT, 2, 0 },
    [AIR_FAULT_CLOSED] =
        { "closed", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_RELEASE, 30,
          502, "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE,
          2, 0 },
    [AIR_FAULT_CLOSED_NO_HEADER] =
        { "closed_no_header", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_INPUT, 31, 502, "server_error", "provider_unavailable",
          AIR_TEXT_UNREACHABLE, 2, 0 },
    [AIR_FAULT_RESET] =
        { "reset", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 31, 502,
          "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE, 2,
          0 },
    [AIR_FAULT_SEND_TIMEOUT] =
        { "send_timeout", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_RELEASE,
          36, 504, "timeout_error", "provider_timeout", AIR_TEXT_TIMEOUT, 2,
          0 },
    [AIR_FAULT_HEADER_TIMEOUT] =
        { "header_timeout", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT,
          38, 504, "timeout_error", "provider_timeout", AIR_TEXT_TIMEOUT, 2,
          0 },
    [AIR_FAULT_DNS] =
        { "dns", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE, 28, 502,
          "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE, 2,
          0 },
    [AIR_FAULT_DNS_PRIVATE] =
        { "dns_private", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE,
          26, 502, "server_error", "provider_unavailable",
          AIR_TEXT_UNREACHABLE, 3, 0 },
    [AIR_FAULT_TLS] =
        { "tls", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE, 28, 502,
          "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE, 2,
          0 },
    [AIR_FAULT_TLS_NAME] =
        { "tls_name", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE, 27,
          502, "server_error", "provider_unavailable", AIR_TEXT_UNREACHABLE,
          2, 0 },
    [AIR_FAULT_TLS_VERIFY] =
        { "tls_verify", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE,
          27, 502, "server_error", "provider_unavailable",
          AIR_TEXT_UNREACHABLE, 2, 0 },
    [AIR_FAULT_BAD_RESPONSE] =
        { "bad_response", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT,
          33, 502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2,
          0 },
    [AIR_FAULT_BAD_HEADER] =
        { "bad_header", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 33,
          502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_HEADER_TOO_BIG] =
        { "header_too_big", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT,
          33, 502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2,
          0 },

    [AIR_FAULT_RATE_LIMIT] =
        { "429", AIR_MOVE_NEXT, AIR_HEALTH_COOL_MODEL, AIR_LEDGER_RELEASE, 50,
          429, "rate_limit_error", "rate_limit_exceeded",
          "Rate limit reached at the provider. Please try again later.", 1,
          0 },
    [AIR_FAULT_OVERLOADED] =
        { "overloaded", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_RELEASE,
          45, 503, "server_error", "provider_overloaded",
          "The provider is overloaded. Please try again later.", 2, 0 },
    [AIR_FAULT_SERVER] =
        { "5xx", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 40, 502,
          "server_error", "provider_error", AIR_TEXT_ERROR, 2, 0 },
    [AIR_FAULT_TIMEOUT] =
        { "408", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 38, 504,
          "timeout_error", "provider_timeout", AIR_TEXT_TIMEOUT, 2, 0 },
    [AIR_FAULT_QUOTA] =
        { "vendor_quota", AIR_MOVE_NEXT, AIR_HEALTH_COOL_VENDOR,
          AIR_LEDGER_RELEASE, 24, 503, "server_error", "provider_unavailable",
          "The provider is not available at the moment.", 3, 0 },
    [AIR_FAULT_AUTH] =
        { "vendor_auth", AIR_MOVE_NEXT, AIR_HEALTH_COOL_MODEL,
          AIR_LEDGER_RELEASE, 22, 502, "server_error", "vendor_auth",
          "The provider refused the router's credentials.", 3, 0 },
    [AIR_FAULT_MODEL] =
        { "vendor_model", AIR_MOVE_NEXT, AIR_HEALTH_COOL_MODEL,
          AIR_LEDGER_RELEASE, 60, 404, AIR_INV, "model_not_found",
          "The model does not exist or you do not have access to it.", 2, 0 },
    [AIR_FAULT_REQUEST] =
        { "vendor_400", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE,
          80, 400, AIR_INV, NULL,
          "The provider refused the request as invalid.", 0, 1 },
    [AIR_FAULT_UNSUPPORTED] =
        { "unsupported", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE,
          70, 400, AIR_INV, "unsupported_parameter",
          "The model does not support a parameter of the request.", 0, 1 },
    [AIR_FAULT_CONTEXT] =
        { "context", AIR_MOVE_LARGER, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 78,
          400, AIR_INV, "context_length_exceeded",
          "The request is longer than the context of the model.", 0, 1 },
    [AIR_FAULT_TOO_LARGE] =
        { "vendor_413", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE,
          77, 413, AIR_INV, "request_too_large",
          "The request is larger than the provider allows.", 0, 1 },
    [AIR_FAULT_CONTENT] =
        { "filtered", AIR_MOVE_CONTENT, AIR_HEALTH_NONE, AIR_LEDGER_SETTLE,
          79, 400, AIR_INV, "content_filter",
          "The request was refused by the provider's content policy.", 0, 1 },
    [AIR_FAULT_REDIRECT] =
        { "redirect", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_RELEASE, 32,
          502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_LOOP] =
        { "loop", AIR_MOVE_NEXT, AIR_HEALTH_DOWN, AIR_LEDGER_RELEASE, 34, 502,
          "server_error", "loop_detected",
          "The route of the request leads back to this router.", 3, 0 },

    [AIR_FAULT_EMPTY] =
        { "empty", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 35, 502,
          "server_error", "provider_empty",
          "The provider gave an empty answer.", 2, 0 },
    [AIR_FAULT_EMPTY_COMPLETION] =
        { "empty_completion", AIR_MOVE_NEXT, AIR_HEALTH_NONE,
          AIR_LEDGER_SETTLE, 35, 502, "server_error", "provider_empty",
          "The provider gave an empty answer.", 1, 0 },
    [AIR_FAULT_NOT_JSON] =
        { "not_json", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_INPUT, 33,
          502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_BAD_JSON] =
        { "bad_json", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_ESTIMATE, 33,
          502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_ERROR_IN_200] =
        { "error_in_200", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 40, 502, "server_error", "provider_error",
          AIR_TEXT_ERROR, 2, 0 },
    [AIR_FAULT_TRUNCATED] =
        { "truncated", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_ESTIMATE,
          35, 502, "server_error", "provider_truncated",
          "The provider's answer ended before it was complete.", 2, 0 },
    [AIR_FAULT_STREAM_ERROR] =
        { "stream_error", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 40, 502, "server_error", "provider_error",
          AIR_TEXT_ERROR, 2, 0 },
    [AIR_FAULT_TOO_BIG] =
        { "too_big", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_ESTIMATE, 37,
          502, "server_error", "response_too_large", AIR_TEXT_LARGE, 2, 0 },
    [AIR_FAULT_EVENT_TOO_BIG] =
        { "event_too_big", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 37, 502, "server_error", "response_too_large",
          AIR_TEXT_LARGE, 2, 0 },
    [AIR_FAULT_ENCODING] =
        { "encoding", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_ESTIMATE, 33,
          502, "server_error", "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_FIRST_TOKEN_TIMEOUT] =
        { "first_token_timeout", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 38, 504, "timeout_error", "provider_timeout",
          AIR_TEXT_TIMEOUT, 2, 0 },
    [AIR_FAULT_IDLE_TIMEOUT] =
        { "idle_timeout", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 38, 504, "timeout_error", "provider_timeout",
          AIR_TEXT_TIMEOUT, 2, 0 },
    [AIR_FAULT_TOTAL_TIMEOUT] =
        { "total_timeout", AIR_MOVE_STOP, AIR_HEALTH_NONE,
          AIR_LEDGER_ESTIMATE, 39, 504, "timeout_error", "provider_timeout",
          "The request took longer than allowed.", 2, 0 },
    [AIR_FAULT_TRY_TIMEOUT] =
        { "try_timeout", AIR_MOVE_NEXT, AIR_HEALTH_FAIL, AIR_LEDGER_ESTIMATE,
          38, 504, "timeout_error", "provider_timeout", AIR_TEXT_TIMEOUT, 2,
          0 },

    [AIR_FAULT_CLIENT_ABORT] =
        { "client_abort", AIR_MOVE_STOP, AIR_HEALTH_NONE,
          AIR_LEDGER_ESTIMATE, 95, 499, AIR_INV, "client_closed_request",
          "The client closed the connection.", 0, 0 },
    [AIR_FAULT_CLIENT_TIMEOUT] =
        { "client_timeout", AIR_MOVE_STOP, AIR_HEALTH_NONE,
          AIR_LEDGER_ESTIMATE, 94, 408, AIR_INV, "request_timeout",
          "The client was too slow.", 0, 0 },
    [AIR_FAULT_COOLING] =
        { "cooling", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 20,
          503, "server_error", "provider_unavailable",
          "No provider is available at the moment. Please try again later.",
          1, 0 },
    [AIR_FAULT_NO_TARGET] =
        { "no_target", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 21,
          503, "server_error", "provider_unavailable",
          "No provider is available for this request.", 2, 0 },
    [AIR_FAULT_UNPRICED] =
        { "unpriced", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 65,
          403, AIR_INV, "model_not_priced",
          "The model has no known price and cannot be used.", 3, 0 },
    [AIR_FAULT_LEDGER] =
        { "ledger", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 90,
          503, "server_error", "ledger_unavailable",
          "The request cannot be accounted for at the moment.", 3, 0 },
    [AIR_FAULT_OVERLOAD] =
        { "overload", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 90,
          503, "server_error", "overloaded",
          "The router is overloaded. Please try again later.", 1, 0 },
    [AIR_FAULT_INTERNAL] =
        { "internal", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_ESTIMATE, 88,
          500, "server_error", "internal",
          "The router had an internal error.", 2, 0 },
    [AIR_FAULT_LOST] =
        { "lost", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_ESTIMATE, 10,
          500, "server_error", "internal",
          "The router had an internal error.", 3, 0 },
    [AIR_FAULT_EVENTSTREAM] =
        { "eventstream_crc", AIR_MOVE_NEXT, AIR_HEALTH_FAIL,
          AIR_LEDGER_ESTIMATE, 35, 502, "server_error",
          "provider_bad_response", AIR_TEXT_BAD, 2, 0 },
    [AIR_FAULT_HEDGED] =
        { "hedged", AIR_MOVE_STOP, AIR_HEALTH_NONE, AIR_LEDGER_ESTIMATE, 0,
          500, "server_error", "internal",
          "Another provider answered sooner.", 0, 0 },
    [AIR_FAULT_BUDGET] =
        { "budget", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 66,
          402, "insufficient_quota", "insufficient_quota",
          "The budget that is left does not cover this request.", 1, 0 },
    [AIR_FAULT_LIMITED] =
        { "limited", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_RELEASE, 60,
          429, "requests", "rate_limit_exceeded",
          "Rate limit reached. Please try again later.", 0, 0 },
    [AIR_FAULT_OVER_RESERVATION] =
        { "over_reservation", AIR_MOVE_STOP, AIR_HEALTH_NONE,
          AIR_LEDGER_ESTIMATE, 64, 402, "insufficient_quota",
          "insufficient_quota",
          "The answer was stopped where the budget set aside for it ended.",
          1, 0 },
    [AIR_FAULT_FLOOR] =
        { "floor", AIR_MOVE_NEXT, AIR_HEALTH_NONE, AIR_LEDGER_SETTLE, 12,
          502, "server_error", "floor_failed",
          "No answer met the quality that this route demands.", 1, 0 }
};


const air_fault_row_t *
air_fault_row(air_fault_e fault)
{
    if ((unsigned) fault >= AIR_NFAULT) {
        fault = AIR_FAULT_INTERNAL;
    }

    return &air_faults[fault];
}


air_fault_e
air_fault_by_name(air_str_t why)
{
    unsigned  i;

    for (i = 0; i < AIR_NFAULT; i++) {
        if (air_str_eqz(why, air_faults[i].why)) {
            return (air_fault_e) i;
        }
    }

    return AIR_NFAULT;
}
