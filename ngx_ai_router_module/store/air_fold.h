
/*
 * Folding the journal into sums, and the file of what was folded before its
 * segments were dropped: journal/past.
 */

#ifndef _AIR_FOLD_H_INCLUDED_
#define _AIR_FOLD_H_INCLUDED_


#include "air_db.h"
#include "air_reader.h"


/*
 * Adds records from rd to rollup and counts them in mark (but for its total)
 * until seq until was passed or max were added.  With wait a slot that is
 * taken but not written ends it too, without it counts as a hole.  AIR_OK
 * when stopped by until or max, AIR_AGAIN when there is no more, AIR_ENOMEM,
 * AIR_EIO, AIR_EFORMAT.
 */
int air_fold(air_reader_t *rd, air_rollup_t *rollup, air_db_mark_t *mark,
    uint64_t until, uint64_t max, int wait, air_err_t *err);

/*
 * Adds what is in journal/past to an empty rollup and sets mark, its total
 * included; all zero when there is no such file.  AIR_OK, AIR_ECORRUPT,
 * AIR_EFORMAT, AIR_EIO, AIR_ENOMEM.
 */
int air_past_read(int journalfd, air_rollup_t *rollup, air_db_mark_t *mark,
    air_err_t *err);

/* Replaces it, durably, all or nothing. */
int air_past_write(int journalfd, const air_rollup_t *rollup,
    const air_db_mark_t *mark, air_err_t *err);

/* What rollup's hour rows add up to. */
void air_fold_total(const air_rollup_t *rollup, air_sums_t *total);


#endif /* _AIR_FOLD_H_INCLUDED_ */
