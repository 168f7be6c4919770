
/*
 * What the doctor learns from nginx and from its configuration.
 *
 * The configuration is read as words only: enough to find the few directives
 * that name files.  Whether it is valid is for "nginx -t" to say.
 */

#include "air_cli_doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


#define AIR_DOCTOR_CONF    (4 * 1024 * 1024)
#define AIR_DOCTOR_WORDS   16
#define AIR_DOCTOR_DEPTH   8
#define AIR_DOCTOR_OUTPUT  16384


typedef struct {
    air_doctor_t  *d;
    char          *prefix;        /* directory of the main file             */
    unsigned       depth;
} air_doctor_conf_t;


static void air_doctor_conf_file(air_doctor_conf_t *c, const char *path);


/* A path as nginx sees it: relative ones from the main file's directory. */
static char *
air_doctor_path(air_doctor_conf_t *c, const char *path)
{
    char    *full;
    size_t   size;

    size = strlen(c->prefix) + strlen(path) + 2;

    full = air_mem_get(&c->d->cli->mem, size);
    if (full == NULL) {
        return NULL;
    }

    if (path[0] == '/') {
        snprintf(full, size, "%s", path);

    } else {
        snprintf(full, size, "%s/%s", c->prefix, path);
    }

    return full;
}


static void
air_doctor_include(air_doctor_conf_t *c, const char *pattern)
{
    char    *full;
    glob_t   found;
    size_t   i;

    full = air_doctor_path(c, pattern);

    if (full == NULL || c->depth >= AIR_DOCTOR_DEPTH) {
        return;
    }

    if (glob(full, 0, NULL, &found) != 0) {
        return;
    }

    c->depth++;

    for (i = 0; i < found.gl_pathc; i++) {
        air_doctor_conf_file(c, found.gl_pathv[i]);
    }

    c->depth--;
    globfree(&found);
}


/* One directive: its words. */
static void
air_doctor_directive(air_doctor_conf_t *c, char **word, unsigned n)
{
    char  *path;

    if (n < 2) {
        return;
    }

    if (strcmp(word[0], "include") == 0) {
        air_doctor_include(c, word[1]);
        return;
    }

    if (strcmp(word[0], "key") == 0 && strncmp(word[1], "file:", 5) == 0) {

        path = air_doctor_path(c, word[1] + 5);

        if (path != NULL) {
            air_doctor_secret(c->d, path);
        }

        return;
    }

    path = air_doctor_path(c, word[1]);
    if (path == NULL) {
        return;
    }

    if (strcmp(word[0], "ai_store") == 0 && strcmp(word[1], "off") != 0) {

        if (c->d->store == NULL) {
            c->d->store = path;
        }

    } else if (strcmp(word[0], "ai_prices") == 0) {
        air_doctor_prices(c->d, path);

    } else if (strcmp(word[0], "ai_keys") == 0) {
        air_doctor_secret(c->d, path);

    } else if (strcmp(word[0], "load_module") == 0
               && strstr(word[1], "ngx_ai_router_module") != NULL
               && c->d->module == NULL && word[1][0] == '/')
    {
        c->d->module = path;
    }
}


/*
 * The next word at *p, cut off in place; *end is what ended it: ';', '{', '}'
 * or a blank.  NULL when there is none before such a sign or the end.
 */
static char *
air_doctor_word(char **p, char *last, char *end)
{
    char  *word, *to, quote;

    for ( ;; ) {

        while (*p < last && strchr(" \t\r\n", **p) != NULL) {
            (*p)++;
        }

        if (*p == last || **p != '#') {
            break;
        }

        while (*p < last && **p != '\n') {
            (*p)++;
        }
    }

    *end = ' ';

    if (*p == last || strchr(";{}", **p) != NULL) {
        *end = *p == last ? '\0' : *(*p)++;
        return NULL;
    }

    quote = **p == '"' || **p == '\'' ? *(*p)++ : '\0';
    word = to = *p;

    while (*p < last
           && (quote ? **p != quote : strchr(" \t\r\n;{}", **p) == NULL))
    {
        if (**p == '\\' && *p + 1 < last) {
            (*p)++;
        }

        *to++ = *(*p)++;
    }

    if (*p < last) {

        if (!quote && strchr(";{}", **p) != NULL) {
            *end = **p;
        }

        (*p)++;
    }

    *to = '\0';

    return word;
}


static void
air_doctor_conf_file(air_doctor_conf_t *c, const char *path)
{
    char       *p, *last, *word, *words[AIR_DOCTOR_WORDS], end;
    unsigned    n;
    air_buf_t   b;
    air_str_t   text;

    if (air_cli_read(c->d->cli, path, AIR_DOCTOR_CONF, &text) != AIR_CLI_OK) {
        air_doctor_say(c->d, AIR_DOCTOR_FAIL, "configuration",
                       "%s cannot be read", path);
        return;
    }

    /* one byte more, for the last word's end */

    air_buf_init(&b, &c->d->cli->mem, text.len + 1);
    (void) air_buf_str(&b, text);

    if (air_buf_byte(&b, '\n') != AIR_OK) {
        return;
    }

    p = (char *) b.data;
    last = p + b.len;
    n = 0;

    for ( ;; ) {
        word = air_doctor_word(&p, last, &end);

        if (word != NULL && n < AIR_DOCTOR_WORDS) {
            words[n++] = word;
        }

        if (end == ' ') {
            continue;
        }

        if (n) {
            air_doctor_directive(c, words, n);
            n = 0;
        }

        if (end == '\0') {
            break;
        }
    }
}


void
air_doctor_conf(air_doctor_t *d, const char *path)
{
    char               *slash;
    air_doctor_conf_t   c;

    memset(&c, 0, sizeof(c));
    c.d = d;

    c.prefix = air_mem_get(&d->cli->mem, strlen(path) + 2);
    if (c.prefix == NULL) {
        return;
    }

    memcpy(c.prefix, path, strlen(path) + 1);
    slash = strrchr(c.prefix, '/');

    if (slash == NULL) {
        memcpy(c.prefix, ".", 2);

    } else {
        *slash = '\0';
    }

    air_doctor_conf_file(&c, path);
}


/* Runs a program; what it says on both outputs goes to text.  Its status, or
   -1 when it could not be run. */
static int
air_doctor_run(char *const *argv, char *text, size_t size)
{
    int      fd[2], status;
    pid_t    pid;
    size_t   n;
    ssize_t  got;

    text[0] = '\0';

    if (pipe(fd) == -1) {
        return -1;
    }

    pid = fork();

    if (pid == 0) {
        (void) dup2(fd[1], STDOUT_FILENO);
        (void) dup2(fd[1], STDERR_FILENO);
        close(fd[0]);
        close(fd[1]);
        execvp(argv[0], argv);
        _exit(127);
    }

    close(fd[1]);

    /* what does not fit is read all the same, so that the program ends */

    n = 0;

    while (pid > 0) {
        char  more[1024];

        got = read(fd[0], more, sizeof(more));

        if (got <= 0) {
            break;
        }

        if ((size_t) got > size - 1 - n) {
            got = (ssize_t) (size - 1 - n);
        }

        memcpy(text + n, more, (size_t) got);
        n += (size_t) got;
        text[n] = '\0';
    }

    close(fd[0]);

    if (pid == -1 || waitpid(pid, &status, 0) == -1) {
        return -1;
    }

    return WIFEXITED(status) && WEXITSTATUS(status) != 127
           ? WEXITSTATUS(status) : -1;
}


/*
 * The signature nginx compares when it loads a module: three sizes and a row
 * of bits for what it was built with, as text in both files.
 */
static int
air_doctor_signature(const char *path, char *text, size_t size)
{
    int                   fd;
    size_t                i, k, n;
    struct stat           st;
    const unsigned char  *p;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return AIR_EIO;
    }

    if (fstat(fd, &st) == -1 || st.st_size < 64) {
        close(fd);
        return AIR_EINVAL;
    }

    n = (size_t) st.st_size;
    p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);

    if (p == MAP_FAILED) {
        return AIR_EIO;
    }

    for (i = 0; i + 48 < n; i++) {

        if ((p[i] != '4' && p[i] != '8') || p[i + 1] != ','
            || (p[i + 2] != '4' && p[i + 2] != '8') || p[i + 3] != ','
            || p[i + 5] != ',')
        {
            continue;
        }

        for (k = i + 6; k < n && (p[k] == '0' || p[k] == '1'); k++) {
            /* void */
        }

        if (k - i >= 30 && k - i < size) {
            memcpy(text, p + i, k - i);
            text[k - i] = '\0';
            (void) munmap((void *) p, n);
            return AIR_OK;
        }
    }

    (void) munmap((void *) p, n);

    return AIR_ENOENT;
}


/* The file that a name without a slash is run from. */
static int
air_doctor_which(const char *name, char *path, size_t size)
{
    size_t       len;
    const char  *p;

    if (strchr(name, '/') != NULL) {
        snprintf(path, size, "%s", name);
        return access(path, X_OK);
    }

    p = getenv("PATH");

    for (p = p != NULL ? p : "/usr/sbin:/usr/bin"; *p != '\0'; /* void */ ) {

        len = strcspn(p, ":");

        snprintf(path, size, "%.*s/%s", (int) len, p, name);

        if (access(path, X_OK) == 0) {
            return 0;
        }

        p += len + (p[len] == ':');
    }

    snprintf(path, size, "/usr/sbin/%s", name);

    return access(path, X_OK);
}


static void
air_doctor_module(air_doctor_t *d, const char *nginx)
{
    char  ours[80], theirs[80];

    if (d->module == NULL) {
        return;
    }

    if (air_doctor_signature(d->module, ours, sizeof(ours)) != AIR_OK) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "module", "%s is no module of "
                       "nginx that can be read", d->module);
        return;
    }

    if (air_doctor_signature(nginx, theirs, sizeof(theirs)) != AIR_OK) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "module", "%s shows no signature "
                       "to compare with", nginx);
        return;
    }

    if (strcmp(ours, theirs) == 0) {
        air_doctor_say(d, AIR_DOCTOR_OK, "module", "built as %s was", nginx);

    } else {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "module", "%s was built for "
                       "another nginx (%s, not %s): build it with this one's "
                       "options", d->module, ours, theirs);
    }
}


static void
air_doctor_version(air_doctor_t *d, const char *text)
{
    int          major, minor, patch;
    const char  *p;

    p = strstr(text, "nginx/");

    if (p == NULL || sscanf(p, "nginx/%d.%d.%d", &major, &minor, &patch) != 3)
    {
        air_doctor_say(d, AIR_DOCTOR_WARN, "nginx", "does not say which "
                       "version it is");
        return;
    }

    air_doctor_say(d, major > 1 || (major == 1 && minor >= 22)
                      ? AIR_DOCTOR_OK : AIR_DOCTOR_WARN, "nginx",
                   "%d.%d.%d%s", major, minor, patch,
                   major == 1 && minor < 22 ? ": 1.22 or later is supported"
                                            : "");

    if (strstr(text, "--with-threads") == NULL) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "threads", "nginx was built "
                       "without --with-threads, which the ledger needs");

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "threads", "there are thread pools");
    }
}


/* The last line that says something, without its end. */
static const char *
air_doctor_last_line(char *text)
{
    char    *line;
    size_t   len;

    len = strlen(text);

    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        text[--len] = '\0';
    }

    line = strchr(text, '\n');

    /* the first is the reason, the last only says that the test failed */

    if (line != NULL) {
        *line = '\0';
    }

    return text;
}


void
air_doctor_nginx(air_doctor_t *d, const char *nginx, const char *conf)
{
    int           rc;
    char          path[PATH_MAX], text[AIR_DOCTOR_OUTPUT], full[PATH_MAX];
    const char   *version[3], *test[6];

    if (air_doctor_which(nginx, path, sizeof(path)) == -1) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "nginx", "\"%s\" cannot be run: "
                       "name it with --nginx", nginx);
        return;
    }

    version[0] = path;
    version[1] = "-V";
    version[2] = NULL;

    if (air_doctor_run((char *const *) version, text, sizeof(text)) != 0) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "nginx", "%s -V fails", path);
        return;
    }

    air_doctor_version(d, text);
    air_doctor_module(d, path);

    if (conf == NULL || realpath(conf, full) == NULL) {
        return;
    }

    test[0] = path;
    test[1] = "-t";
    test[2] = "-q";
    test[3] = "-c";
    test[4] = full;
    test[5] = NULL;

    rc = air_doctor_run((char *const *) test, text, sizeof(text));

    if (rc == 0) {
        air_doctor_say(d, AIR_DOCTOR_OK, "configuration", "%s is valid", conf);

    } else {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "configuration", "%s",
                       air_doctor_last_line(text));
    }
}
