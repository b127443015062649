/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/pool.h"

#include "core/progress.h"
#include "sim/run/child_socket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a worker sends back. */
typedef struct reply {
    bool failed;
    double wall_sec;
    ohm_sweep_result result;
    char message[OHM_PATH_MAX + OHM_MESSAGE_MAX];
} reply;

typedef struct worker {
    pid_t pid; /* 0: none */
    int fd;
    bool busy;
    ohm_task task;
} worker;

typedef struct pool_state {
    const ohm_pool *pool;
    worker *workers;
    struct pollfd *polls; /* workers, then signals */
    ohm_task *retry;
    size_t retry_count;
    sigset_t old_signals;
    int signal_fd;
} pool_state;

/* The life of a worker process; returns its exit code. */
static int serve(const ohm_pool *pool, int fd)
{
    reply *r = malloc(sizeof *r);
    if (!r) return 1;
    ohm_task task;
    while (ohm_child_receive(fd, &task, sizeof task)) {
        memset(r, 0, sizeof *r);
        ohm_err err = {0};
        double start = ohm_clock_sec();
        r->failed = pool->work(pool->context, &task, &r->result, &err) != OHM_OK;
        r->wall_sec = ohm_clock_sec() - start;
        if (r->failed) ohm_err_format(&err, r->message, sizeof r->message);
        if (!ohm_child_send(fd, r, sizeof *r)) break;
    }
    free(r);
    return 0;
}

static ohm_status start_worker(pool_state *s, size_t i, ohm_err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ohm_err_set(err, OHM_EIO, "cannot talk to a worker: %s", strerror(errno));
    pid_t parent = getpid();
    fflush(NULL); /* or the child would flush our buffers again */
    pid_t pid = fork();
    if (pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return ohm_err_set(err, OHM_EIO, "cannot start a worker process: %s", strerror(errno));
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1); /* it died in between */
        for (size_t j = 0; j < s->pool->workers; j++)
            if (s->workers[j].pid) close(s->workers[j].fd);
        close(pair[0]);
        close(s->signal_fd);
        sigprocmask(SIG_SETMASK, &s->old_signals, NULL);
        _exit(serve(s->pool, pair[1]));
    }
    close(pair[1]);
    s->workers[i] = (worker){.pid = pid, .fd = pair[0]};
    return OHM_OK;
}

/* Reaps a worker that is gone and says how it ended. */
static void bury(worker *w, char *how, size_t size)
{
    int status = 0;
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        snprintf(how, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(how, size, "exit code %d", WEXITSTATUS(status));
    w->pid = 0;
    w->busy = false;
}

static ohm_status lose_worker(pool_state *s, size_t i, ohm_err *err)
{
    worker *w = &s->workers[i];
    char how[96], message[256];
    bool held = w->busy;
    ohm_task task = w->task;
    bury(w, how, sizeof how);
    if (held && ++task.attempts < s->pool->attempts_max) {
        s->retry[s->retry_count++] = task; /* room: at most one per worker plus those waiting */
    } else if (held) {
        snprintf(message, sizeof message,
                 "the worker process ended by %s each of %d times it was tried", how,
                 task.attempts);
        OHM_TRY(s->pool->done(s->pool->context, &task, NULL, message, 0, err));
    }
    return start_worker(s, i, err);
}

/* Hands out tasks to idle workers; *busy tells whether anything is under way afterwards. */
static ohm_status feed(pool_state *s, bool *busy, ohm_err *err)
{
    *busy = false;
    for (size_t i = 0; i < s->pool->workers; i++) {
        worker *w = &s->workers[i];
        while (!w->busy) {
            ohm_task task = {0};
            if (s->retry_count)
                task = s->retry[--s->retry_count];
            else if (!s->pool->next(s->pool->context, i, &task))
                break;
            w->task = task;
            w->busy = true;
            if (!ohm_child_send(w->fd, &task, sizeof task)) OHM_TRY(lose_worker(s, i, err));
        }
        *busy = *busy || w->busy;
    }
    return OHM_OK;
}

static ohm_status take_reply(pool_state *s, size_t i, reply *r, ohm_err *err)
{
    worker *w = &s->workers[i];
    if (!w->busy || !ohm_child_receive(w->fd, r, sizeof *r)) return lose_worker(s, i, err);
    w->busy = false;
    return s->pool->done(s->pool->context, &w->task, r->failed ? NULL : &r->result,
                         r->failed ? r->message : NULL, r->wall_sec, err);
}

static ohm_status loop(pool_state *s, reply *r, ohm_err *err)
{
    size_t n = s->pool->workers;
    for (;;) {
        bool busy;
        OHM_TRY(feed(s, &busy, err));
        if (!busy) return OHM_OK;
        for (size_t i = 0; i < n; i++)
            s->polls[i] = (struct pollfd){.fd = s->workers[i].fd, .events = POLLIN};
        s->polls[n] = (struct pollfd){.fd = s->signal_fd, .events = POLLIN};
        if (poll(s->polls, n + 1, -1) < 0 && errno != EINTR)
            return ohm_err_set(err, OHM_EIO, "cannot wait for workers: %s", strerror(errno));
        if (s->polls[n].revents)
            return ohm_err_set(err, OHM_EINTERRUPTED,
                               "interrupted; finished points are stored, run again for the rest");
        for (size_t i = 0; i < n; i++)
            if (s->polls[i].revents) OHM_TRY(take_reply(s, i, r, err));
    }
}

static void stop_workers(pool_state *s)
{
    for (size_t i = 0; i < s->pool->workers; i++) {
        worker *w = &s->workers[i];
        if (!w->pid) continue;
        if (w->busy) kill(w->pid, SIGKILL);
        char how[96];
        shutdown(w->fd, SHUT_RDWR); /* an idle worker reads the end and leaves */
        bury(w, how, sizeof how);
    }
}

ohm_status ohm_pool_run(const ohm_pool *pool, ohm_err *err)
{
    pool_state s = {.pool = pool};
    s.workers = calloc(pool->workers, sizeof *s.workers);
    s.polls = calloc(pool->workers + 1, sizeof *s.polls);
    s.retry = calloc(2 * pool->workers, sizeof *s.retry);
    reply *r = malloc(sizeof *r);
    ohm_status status = OHM_OK;
    if (!s.workers || !s.polls || !s.retry || !r) {
        status = ohm_err_no_memory(err, "%zu workers", pool->workers);
    } else {
        sigset_t stop;
        sigemptyset(&stop);
        sigaddset(&stop, SIGINT);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, &s.old_signals);
        s.signal_fd = signalfd(-1, &stop, SFD_CLOEXEC);
        for (size_t i = 0; i < pool->workers && status == OHM_OK; i++)
            status = start_worker(&s, i, err);
        if (status == OHM_OK) status = loop(&s, r, err);
        stop_workers(&s);
        struct signalfd_siginfo taken;
        struct pollfd pending = {.fd = s.signal_fd, .events = POLLIN};
        while (poll(&pending, 1, 0) > 0 &&
               read(s.signal_fd, &taken, sizeof taken) == (ssize_t)sizeof taken)
            ; /* what we answered must not strike again once unblocked */
        close(s.signal_fd);
        sigprocmask(SIG_SETMASK, &s.old_signals, NULL);
    }
    free(s.workers);
    free(s.polls);
    free(s.retry);
    free(r);
    return status;
}
