
/*
 * Learning from samples (air_samples.h): when enough new labels came, weights
 * are trained, and installed where they can promise something.
 */

#ifndef _AIR_LEARNER_H_INCLUDED_
#define _AIR_LEARNER_H_INCLUDED_


#include "air_samples.h"


#define AIR_LEARNER_NEW  200      /* labels, before it is learned again     */


typedef struct {
    const char  *dir;             /* of the store                           */
    const char  *name;            /* of the file of weights in DIR/learn    */
    const char  *pair;
    uint64_t     learn;           /* whose samples                          */
    unsigned     keep;            /* permille that is to be promised        */
    unsigned     chosen:1;        /* who labels chose by the answer: what
                                     has one grade makes no promise         */
} air_learner_t;


typedef struct {
    uint32_t  rows;               /* labelled requests                      */
    uint32_t  from;               /* of them the promise is made from       */
    uint32_t  cheap;              /* permille that may be cheap             */
    unsigned  trained:1;
    unsigned  installed:1;
} air_learner_work_t;


/*
 * Learns when there are AIR_LEARNER_NEW new labels, and half of all are new.
 * Weights that can promise keep are installed in place of
 * none, of older ones of its own, and of others that know fewer labelled
 * requests; weights of its own that can no more be believed are replaced too,
 * by such that send all to strong.  Takes a second for a full store: for a
 * thread that has the duty.  AIR_OK, AIR_ENOMEM, AIR_EIO, AIR_ECORRUPT (the
 * file of weights is damaged), AIR_ELIMIT (it has no room) with *err.
 */
int air_learner_run(air_samples_t *samples, const air_learner_t *l,
    air_learner_work_t *work, air_err_t *err);


#endif /* _AIR_LEARNER_H_INCLUDED_ */
