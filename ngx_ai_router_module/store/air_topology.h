
/*
 * What the running configuration routes to, kept beside the ledger so that
 * the command and reports can say who would be left without a vendor:
 *
 *   DIR/topology.json   written whenever a configuration comes into force
 *
 * One JSON object: "schema", "time" (ms UTC), "hash" (SHA-256 in hex of the
 * two lists as written), "vendors" and "workflows" (core/air_survive.h has
 * their meaning; what a target is known to be able to do stands in "can", to
 * be unable in "cannot").
 */

#ifndef _AIR_TOPOLOGY_H_INCLUDED_
#define _AIR_TOPOLOGY_H_INCLUDED_


#include "../core/air_buf.h"
#include "../core/air_jtree.h"
#include "../core/air_survive.h"


#define AIR_TOPOLOGY_FILE  "topology.json"
#define AIR_TOPOLOGY_SIZE  (32 * 1024 * 1024)


/* one that was read; strings and lists live in tree and text */
typedef struct {
    air_topology_t  topo;
    air_jtree_t     tree;
    air_str_t       text;
} air_topology_file_t;


/* Appends the object and fills topo->hash.  AIR_OK, AIR_ENOMEM, AIR_ELIMIT. */
int air_topology_print(air_topology_t *topo, air_buf_t *b);

/*
 * Replaces DIR/topology.json, which gets the owner of DIR where we may give
 * it away; memory is taken from mem.  Blocks on the disk.  AIR_OK, AIR_ENOMEM,
 * AIR_ELIMIT, or AIR_EIO with *err.
 */
int air_topology_write(const char *dir, air_topology_t *topo,
    const air_mem_t *mem, air_err_t *err);

/* Takes such an object apart; file->text is set before, by malloc.  AIR_OK,
   AIR_ECORRUPT, AIR_EFORMAT: of another version, AIR_ENOMEM; freed in each
   case by air_topology_free(). */
int air_topology_parse(air_topology_file_t *file, air_err_t *err);

/* The one of the store DIR: as air_topology_parse(), or AIR_ENOENT: none was
   written yet, or AIR_EIO; freed by the caller when AIR_OK.  Blocks. */
int air_topology_read(air_topology_file_t *file, const char *dir,
    air_err_t *err);

/* Gives all of one that was read back. */
void air_topology_free(air_topology_file_t *file);

/* The maker of a model that the ledger has of a vendor: the topology's (may be
   NULL) where it knows both, else as air_maker() has it of the model alone;
   empty: nobody knows.  And the company of a vendor, itself where nobody
   knows. */
air_str_t air_topology_maker(const air_topology_t *topo, air_str_t vendor,
    air_str_t model);
air_str_t air_topology_owner(const air_topology_t *topo, air_str_t vendor);


#endif /* _AIR_TOPOLOGY_H_INCLUDED_ */
