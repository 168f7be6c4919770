
/*
 * A child says through a pipe what it found; one that says nothing found what
 * kills.
 */


#include "air_child.h"
#include "air_file.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>


static void
air_child_main(int fd, void (*work)(void *ud, void *answer), void *ud,
    void *answer, size_t size, unsigned seconds)
{
    size_t   done;
    ssize_t  n;

    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    alarm(seconds);

    work(ud, answer);

    for (done = 0; done < size; done += (size_t) n) {

        n = write(fd, (char *) answer + done, size - done);

        if (n <= 0) {
            break;
        }
    }

    _exit(0);
}


static int
air_child_read(int fd, void *to, size_t size)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < size; done += (size_t) n) {

        n = read(fd, (char *) to + done, size - done);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            return -1;
        }
    }

    return 0;
}


int
air_child_run(void (*work)(void *ud, void *answer), void *ud, void *answer,
    size_t size, unsigned seconds, air_err_t *err)
{
    int       fd[2], rc, status;
    pid_t     pid;
    sigset_t  set, old;

    if (pipe(fd) == -1) {
        return air_file_err(err, "cannot make a pipe");
    }

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);

    pid = fork();

    if (pid == 0) {
        close(fd[0]);
        air_child_main(fd[1], work, ud, answer, size, seconds);
    }

    rc = pid == -1 ? air_file_err(err, "cannot start a process") : AIR_OK;

    close(fd[1]);

    if (rc == AIR_OK && air_child_read(fd[0], answer, size) == -1) {
        rc = air_err_set(err, AIR_ECORRUPT, "a process died of what it was "
                                            "to look at", 0);
    }

    close(fd[0]);

    while (pid > 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    sigprocmask(SIG_SETMASK, &old, NULL);

    return rc;
}
