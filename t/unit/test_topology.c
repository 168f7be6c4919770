
/*
 * Who survives the loss of whom, and the topology's file.
 */

#include "../../ngx_ai_router_module/store/air_topology.h"
#include "../../ngx_ai_router_module/core/air_task.h"
#include "mem.h"
#include "store.h"
#include "tap.h"


#define ALL  ((UINT32_C(1) << AIR_NTASK) - 1)


static air_topo_vendor_t  vendor[] = {
    { .name = air_str("oa"), .owner = air_str("openai"),
      .maker = air_str("openai"), .region = air_str("us"),
      .host = air_str("api.openai.com"), .profile = air_str("openai") },
    { .name = air_str("az"), .owner = air_str("microsoft"),
      .host = air_str("x.openai.azure.com"), .profile = air_str("azure") },
    { .name = air_str("an"), .owner = air_str("anthropic"),
      .maker = air_str("anthropic"), .region = air_str("eu"),
      .host = air_str("\"h\""), .profile = air_str("anthropic"),
      .simulated = 1 }
};

static air_topo_target_t  target[4];
static air_topo_workflow_t  workflow = {
    .name = air_str("triage"), .file = air_str("/etc/nginx.conf"), .line = 7,
    .vendors = 2, .makers = 1, .target = target
};
static air_topology_t  topo = {
    .vendor = vendor, .nvendor = 3, .workflow = &workflow, .nworkflow = 1,
    .time_ms = 1790000000000
};


static void
put(unsigned i, uint32_t v, const char *model, const char *maker,
    air_place_e role)
{
    memset(&target[i], 0, sizeof(air_topo_target_t));

    target[i].vendor = v;
    target[i].model = air_str_z(model);
    target[i].maker = air_str_z(maker);
    target[i].role = role;
    target[i].group = role != AIR_PLACE_PRIMARY;
    target[i].tasks = ALL;

    workflow.n = i + 1;
}


static air_survival_t
lose(air_loss_e loss, const char *name)
{
    air_survival_t  s;

    air_survive(&topo, &workflow, loss, air_str_z(name), &s);

    return s;
}


static void
test_survive(void)
{
    uint32_t  owners, makers;

    put(0, 0, "gpt-5", "openai", AIR_PLACE_PRIMARY);

    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_NO, "the only one");
    is(lose(AIR_LOSS_VENDOR, "an").verdict, AIR_SURVIVE_UNTOUCHED,
       "somebody else");

    put(1, 1, "gpt-5", "openai", AIR_PLACE_FALLBACK);

    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_YES, "a fallback");
    is(lose(AIR_LOSS_VENDOR, "oa").first, 1, "it serves then");
    is(lose(AIR_LOSS_MAKER, "openai").verdict, AIR_SURVIVE_NO,
       "of the same maker");
    is(lose(AIR_LOSS_OWNER, "openai").verdict, AIR_SURVIVE_YES,
       "of another company");

    air_topo_count(&topo, &workflow, &owners, &makers);
    is(owners, 2, "companies");
    is(makers, 1, "one maker");

    put(2, 2, "claude", "anthropic", AIR_PLACE_ESCALATE);

    is(lose(AIR_LOSS_MAKER, "openai").verdict, AIR_SURVIVE_NO,
       "who is only escalated to serves nothing");

    put(2, 2, "claude", "anthropic", AIR_PLACE_FALLBACK);
    target[2].out = 1;
    air_topo_count(&topo, &workflow, &owners, &makers);
    is(makers, 1, "who is left out does not count");
    is(lose(AIR_LOSS_MAKER, "openai").verdict, AIR_SURVIVE_NO,
       "nor does it serve");

    target[2].out = 0;
    target[0].can.known = target[0].can.bits = AIR_CAN_TOOLS|AIR_CAN_VISION;
    target[1].can.known = AIR_CAN_TOOLS|AIR_CAN_VISION;
    target[1].can.bits = AIR_CAN_TOOLS;
    target[2].can.known = AIR_CAN_TOOLS|AIR_CAN_VISION;

    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_PAPER,
       "none of them sees");
    is(lose(AIR_LOSS_VENDOR, "oa").lacks, AIR_CAN_VISION, "and says so");
    is(lose(AIR_LOSS_MAKER, "openai").lacks, AIR_CAN_TOOLS|AIR_CAN_VISION,
       "nor calls tools");

    target[2].can.bits = target[2].can.known;
    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_YES,
       "one of them does");

    target[0].can.context = 200000;
    target[2].can.context = 100000;
    is(lose(AIR_LOSS_MAKER, "openai").verdict, AIR_SURVIVE_PAPER,
       "a smaller window");
    is(lose(AIR_LOSS_MAKER, "openai").window, 1, "said, too");

    target[0].tasks = 1;
    target[1].tasks = 2;
    target[2].tasks = 2;
    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_PARTLY,
       "a class of tasks without anybody");
    is(lose(AIR_LOSS_VENDOR, "oa").tasks, 1, "which one");
}


static void
test_catalogue(void)
{
    workflow.kind = AIR_TOPO_CATALOGUE;

    put(0, 0, "gpt-5", "openai", AIR_PLACE_PRIMARY);
    put(1, 1, "gpt-5", "openai", AIR_PLACE_PRIMARY);
    put(2, 2, "claude", "anthropic", AIR_PLACE_PRIMARY);
    target[2].group = 2;

    is(lose(AIR_LOSS_VENDOR, "oa").verdict, AIR_SURVIVE_YES,
       "its models are elsewhere");
    is(lose(AIR_LOSS_VENDOR, "oa").left, 2, "models left");
    is(lose(AIR_LOSS_VENDOR, "an").verdict, AIR_SURVIVE_PARTLY,
       "one of them is not");
    is(lose(AIR_LOSS_VENDOR, "an").lost, 1, "one model");
    is(lose(AIR_LOSS_VENDOR, "other").verdict, AIR_SURVIVE_UNTOUCHED, "none");

    workflow.kind = AIR_TOPO_WORKFLOW;
}


static void
test_file(void)
{
    int                   rc;
    char                 *dir, first[65];
    mem_t                 m;
    air_err_t             err;
    air_mem_t             mem;
    const air_topology_t *t;
    air_topology_file_t   file;

    put(0, 0, "gpt-5", "openai", AIR_PLACE_PRIMARY);
    put(1, 2, "claude", "anthropic", AIR_PLACE_ESCALATE);
    target[0].tasks = 5;
    target[0].tier = air_str_z("cheap");
    target[0].can.context = 1000;
    target[0].can.known = AIR_CAN_TOOLS|AIR_CAN_VISION;
    target[0].can.bits = AIR_CAN_TOOLS;
    target[1].out = 1;

    dir = store_dir();
    mem = mem_init(&m, 0);

    is(air_topology_read(&file, dir, &err), AIR_ENOENT, "none yet");
    is(air_topology_write(dir, &topo, &mem, &err), AIR_OK, "written");
    memcpy(first, topo.hash, sizeof(first));

    topo.time_ms++;
    is(air_topology_write(dir, &topo, &mem, &err), AIR_OK, "again");
    ok(strcmp(first, topo.hash) == 0, "the same hash at another time");

    target[1].out = 0;
    is(air_topology_write(dir, &topo, &mem, &err), AIR_OK, "changed");
    ok(strcmp(first, topo.hash) != 0, "another hash");

    is(air_topology_read(&file, dir, &err), AIR_OK, "read");
    t = &file.topo;

    ok(strcmp(t->hash, topo.hash) == 0, "its hash");
    ok(t->time_ms == topo.time_ms, "its time");
    is(t->nvendor, 3, "vendors");
    is(t->nworkflow, 1, "workflows");

    if (t->nvendor == 3 && t->nworkflow == 1) {
        is_str(t->vendor[0].owner, "openai", "owner");
        is_str(t->vendor[2].host, "\"h\"", "host, with quotes");
        is(t->vendor[2].simulated, 1, "simulated");
        is(t->vendor[0].simulated, 0, "not simulated");
        is_str(t->workflow[0].name, "triage", "name");
        is(t->workflow[0].line, 7, "line");
        is(t->workflow[0].vendors, 2, "what it requires");
        is(t->workflow[0].n, 2, "targets");
        is(t->workflow[0].target[0].tasks, 5, "classes of tasks");
        is(t->workflow[0].target[1].tasks, ALL, "all classes");
        is_str(t->workflow[0].target[0].tier, "cheap", "tier");
        is(t->workflow[0].target[0].can.known,
           AIR_CAN_TOOLS|AIR_CAN_VISION, "what is known");
        is(t->workflow[0].target[0].can.bits, AIR_CAN_TOOLS, "what it can");
        is(t->workflow[0].target[0].can.context, 1000, "window");
        is(t->workflow[0].target[1].role, AIR_PLACE_ESCALATE, "role");
        is(t->workflow[0].target[1].vendor, 2, "whose");
    }

    is_str(air_topology_maker(t, air_str_z("az"), air_str_z("gpt-5")),
           "openai", "a maker by the model");
    is_str(air_topology_maker(t, air_str_z("an"), air_str_z("x")),
           "anthropic", "a maker by the vendor");
    is_str(air_topology_maker(NULL, air_str_z("an"), air_str_z("x")), "",
           "nobody knows");
    is_str(air_topology_owner(t, air_str_z("az")), "microsoft", "an owner");
    is_str(air_topology_owner(t, air_str_z("gone")), "gone",
           "a vendor that is gone");

    air_topology_free(&file);

    rc = 0;

    if (geteuid() != 0) {
        chmod(dir, 0500);
        rc = air_topology_write(dir, &topo, &mem, &err);
        chmod(dir, 0700);
        is(rc, AIR_EIO, "a folder that cannot be written to");
    }

    is(air_topology_write("/nowhere/at/all", &topo, &mem, &err), AIR_EIO,
       "no folder");

    mem_free(&m);
    store_drop(dir);
}


static void
test_damaged(void)
{
    unsigned             i;
    air_err_t            err;
    air_topology_file_t  file;

    static const struct {
        const char  *text;
        int          rc;
    } row[] = {
        { "", AIR_ECORRUPT },
        { "[]", AIR_ECORRUPT },
        { "{\"schema\":\"ai-router.topology.v2\"}", AIR_EFORMAT },
        { "{\"schema\":\"ai-router.topology.v1\",\"vendors\":[]}",
          AIR_ECORRUPT },
        { "{\"schema\":\"ai-router.topology.v1\",\"vendors\":[],"
          "\"workflows\":[{\"name\":\"a\"}]}", AIR_ECORRUPT },
        { "{\"schema\":\"ai-router.topology.v1\",\"vendors\":[],"
          "\"workflows\":[{\"targets\":[{\"vendor\":\"v\"}]}]}",
          AIR_ECORRUPT },
        { "{\"schema\":\"ai-router.topology.v1\",\"vendors\":[],"
          "\"workflows\":[{\"targets\":[]}],\"later\":1}", AIR_OK }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        memset(&file, 0, sizeof(file));
        file.text.data = (unsigned char *) strdup(row[i].text);
        file.text.len = strlen(row[i].text);

        is(air_topology_parse(&file, &err), row[i].rc, "damaged %u", i);
        air_topology_free(&file);
    }
}


int
main(void)
{
    test_survive();
    test_catalogue();
    test_file();
    test_damaged();

    return done();
}
