
/*
 * Calls of our own to a vendor's model, beside what a caller asked: probes,
 * shadows, second opinions, judges.  Each runs in a thread by libcurl (a
 * simulated vendor's answer is made on the spot), has its own slot in flight,
 * its own hold in the budgets of its accounts, and its own ledger record.
 */

#ifndef _NGX_AI_ASIDE_H_INCLUDED_
#define _NGX_AI_ASIDE_H_INCLUDED_


#include "ngx_ai_router_module.h"


typedef struct ngx_ai_aside_s  ngx_ai_aside_t;


/* money of a day, shared by all workers */
typedef struct {
    uint64_t             *word;           /* core/air_purse.h, with what
                                             running calls may cost at the
                                             most                           */
    uint64_t              max;            /* pUSD a day, 0: no limit        */
} ngx_ai_purse_t;


struct ngx_ai_aside_s {

    /* the caller's: who is asked what, and what for */

    ngx_ai_main_conf_t   *amcf;
    ngx_ai_target_t      *target;
    air_msg_request_t    *msg;            /* neutral, not streamed; only
                                             needed until it is started     */
    ngx_msec_t            timeout;        /* of the whole call              */
    uint32_t              flags;          /* AIR_REC_SHADOW, _JUDGE ...     */
    u_char                id[16];         /* the request it belongs to      */
    ngx_uint_t            n;              /* attempt number in the ledger   */
    ngx_uint_t            task;           /* air_task_e + 1, 0 not known    */
    ngx_str_t             workflow;       /* copied, as is all below        */
    ngx_str_t             principal;
    ngx_str_t             team;
    const ngx_ai_accounts_t  *accounts;   /* who pays, only needed until it is
                                             started; NULL: by these names  */
    ngx_ai_purse_t        purse;          /* that it must fit into          */
    ngx_ai_stat_t        *row;            /* where it is counted, or NULL   */
    void                (*handler)(ngx_ai_aside_t *aside);
    void                 *data;

    /* for those who know better: a key already picked, whose health is then
       judged by handler; where certificates are, with a NUL */

    ngx_ai_vkey_t        *key;
    ngx_str_t             ca;
    unsigned              chosen:1;       /* key and target are handler's to
                                             judge; even when key is NULL   */
    unsigned              late:1;         /* handler needs nothing but its own
                                             and is called when the worker
                                             exits, too; nothing can be
                                             started then                   */

    /* filled before handler is called, once, in the worker's event loop */

    air_fault_e           fault;          /* AIR_FAULT_NONE: reply is good  */
    const char           *said;           /* why nobody was reached, or ""  */
    ngx_uint_t            status;         /* the vendor's, 0 none           */
    int64_t               began;          /* ms UTC                         */
    unsigned              reached:1;      /* some HTTP answer came          */
    air_msg_reply_t       reply;          /* neutral; not of a probe        */
    air_note_t            note;
    uint64_t              cost;           /* pUSD, AIR_UNKNOWN              */
    ngx_msec_t            took;

    ngx_pool_t           *pool;           /* of the call: handler may use it;
                                             gone when handler returns      */
};


/*
 * While parsing, by each directive that makes such calls of its own accord
 * (not probes): they get threads of their own, so that none waits for them.
 * NGX_OK or NGX_ERROR, logged.
 */
ngx_int_t ngx_ai_aside_conf(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* After parsing: why the target cannot be asked this way, for a message that
   names it; NULL: it can. */
const char *ngx_ai_aside_cannot(ngx_ai_target_t *target);

/* Worker: before others that use it, and at the end after them, when the
   threads are gone: what ran is booked.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_aside_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);
void ngx_ai_aside_exit_process(ngx_ai_main_conf_t *amcf);

/*
 * A call in a pool of its own, zeroed, or NULL.
 */
ngx_ai_aside_t *ngx_ai_aside_create(ngx_ai_main_conf_t *amcf);

/*
 * Starts it, or gives it up: NGX_OK, and handler will be called, never from
 * within; NGX_DECLINED: no room (too many run), no budget, not writable for
 * that target: the call is freed; NGX_ERROR, freed too.
 */
ngx_int_t ngx_ai_aside_start(ngx_ai_aside_t *aside);

/* Nobody waits any longer: handler is not called, the call is booked all the
   same when it ends. */
void ngx_ai_aside_forget(ngx_ai_aside_t *aside);

/* Frees one that never was started. */
void ngx_ai_aside_free(ngx_ai_aside_t *aside);


#endif /* _NGX_AI_ASIDE_H_INCLUDED_ */
