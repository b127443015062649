/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/platform_process.h"

#include "sim/batch/sequences.h"
#include "sim/run/child_socket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_ASKED_EVERY_MS = 50 };

struct ohm_platform_process {
    pid_t pid;
    int fd;
    size_t codes; /* of one answer */
    ohm_stop_fn *stop;
};

typedef struct request {
    uint64_t replica;
    double time_sec;
} request;

/* --- in the process --- */

/* A result is the struct with its pointers, then what they point to: both sides are one program. */
static bool send_result(int fd, const ohm_platform_result *r)
{
    return ohm_child_send(fd, r, sizeof *r) &&
           ohm_child_send(fd, r->ledger.energy,
                          r->ledger.energy_count * sizeof *r->ledger.energy) &&
           ohm_child_send(fd, r->ledger.area, r->ledger.area_count * sizeof *r->ledger.area) &&
           ohm_child_send(fd, r->units, r->unit_count * sizeof *r->units) &&
           ohm_child_send(fd, r->critical, r->critical_count * sizeof *r->critical) &&
           ohm_child_send(fd, r->power, r->power_count * sizeof *r->power);
}

typedef struct server {
    const ohm_platform_setup *setup;
    ohm_loaded loaded;
    ohm_platform *platform;
    int32_t *codes;
    uint64_t replica; /* programmed now */
    bool is_programmed;
} server;

static ohm_status answer(server *s, const request *q, ohm_platform_result *result, ohm_err *err)
{
    ohm_chip *chip = s->setup->chip;
    /* times need cells only where writing them takes time */
    const bool is_blank = s->setup->options.timing_only &&
                          ohm_maintenance_is_idle(&ohm_chip_plan(chip)->config.maintenance);
    if (!is_blank && (!s->is_programmed || s->replica != q->replica))
        OHM_TRY(ohm_chip_program(chip, s->setup->seed, q->replica, err));
    s->is_programmed = true;
    s->replica = q->replica;
    if (!is_blank) OHM_TRY(ohm_chip_age(chip, q->time_sec, err));
    const ohm_sequence_batch batch = {s->loaded.count, (const float *const *)s->loaded.inputs,
                                      s->loaded.lengths, s->loaded.index};
    return ohm_platform_run(s->platform, &batch, s->codes, result, err);
}

static ohm_status build(server *s, ohm_err *err)
{
    const ohm_graph *graph = ohm_chip_plan(s->setup->chip)->graph;
    OHM_TRY(ohm_sequences_load(s->setup->sequences, s->setup->count, graph->values[0].width,
                               &s->loaded, err));
    s->codes = calloc(s->loaded.count * graph->classes + 1, sizeof *s->codes);
    if (!s->codes) return ohm_err_no_memory(err, "logits");
    const ohm_sequence_batch batch = {.count = s->loaded.count, .lengths = s->loaded.lengths};
    ohm_platform_options options = s->setup->options;
    OHM_TRY(ohm_platform_duration(s->setup->chip, &batch, &options.duration, err));
    options.duration.at_least_sec *= (double)s->setup->runs;
    options.duration.at_most_sec *= (double)s->setup->runs;
    return ohm_platform_alloc(s->setup->chip, s->setup->costs, &options, &s->platform, err);
}

static int serve(const ohm_platform_setup *setup, int fd, size_t codes)
{
    server s = {.setup = setup};
    ohm_platform_result result = {0};
    ohm_err err = {0};
    request q;
    err.status = build(&s, &err);
    if (!ohm_child_send(fd, &err, sizeof err) || err.status != OHM_OK) return 1;
    while (ohm_child_receive(fd, &q, sizeof q)) {
        err = (ohm_err){0};
        err.status = answer(&s, &q, &result, &err);
        if (!ohm_child_send(fd, &err, sizeof err)) return 1;
        if (err.status == OHM_OK &&
            (!ohm_child_send(fd, s.codes, codes * sizeof *s.codes) || !send_result(fd, &result)))
            return 1;
    }
    ohm_platform_free(s.platform); /* closes traces */
    return 0;
}

/* --- outside --- */

static ohm_status lost(ohm_platform_process *p, ohm_err *err)
{
    int how = 0;
    while (p->pid > 0 && waitpid(p->pid, &how, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    if (WIFSIGNALED(how))
        return ohm_err_set(err, OHM_EIO, "the SystemC process was ended by signal %d (%s)",
                           WTERMSIG(how), strsignal(WTERMSIG(how)));
    return ohm_err_set(err, OHM_EIO, "the SystemC process ended early");
}

/* Waits until there is something to read or nobody left to write it. */
static bool is_stopped_waiting(ohm_platform_process *p)
{
    struct pollfd ready = {.fd = p->fd, .events = POLLIN};
    while (!p->stop || !p->stop(NULL)) {
        int n = poll(&ready, 1, p->stop ? STOP_ASKED_EVERY_MS : -1);
        if (n > 0 || (n < 0 && errno != EINTR)) return false;
    }
    return true;
}

/* A status with its message, or the news that nobody is there. */
static ohm_status receive_status(ohm_platform_process *p, ohm_err *err)
{
    ohm_err there;
    if (is_stopped_waiting(p)) return ohm_err_set(err, OHM_EINTERRUPTED, "interrupted");
    if (!ohm_child_receive(p->fd, &there, sizeof there)) return lost(p, err);
    if (there.status != OHM_OK && err) *err = there;
    return there.status;
}

ohm_status ohm_platform_process_start(const ohm_platform_setup *setup, ohm_platform_process **out,
                                      ohm_err *err)
{
    int pair[2];
    *out = NULL;
    ohm_platform_process *p = calloc(1, sizeof *p);
    if (!p) return ohm_err_no_memory(err, "the SystemC process");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(p);
        return ohm_err_set(err, OHM_EIO, "cannot talk to a process: %s", strerror(errno));
    }
    size_t count = setup->count < setup->sequences->count ? setup->count : setup->sequences->count;
    p->stop = setup->stop;
    p->codes = setup->options.timing_only ? 0 : count * ohm_chip_plan(setup->chip)->graph->classes;
    pid_t parent = getpid();
    fflush(NULL); /* or the process would flush our buffers again */
    p->pid = fork();
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGINT, SIG_IGN); /* of the terminal: ours is the parent's to give */
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_IGN);
        if (getppid() != parent) _exit(1); /* it died in between */
        close(pair[0]);
        _exit(serve(setup, pair[1], p->codes));
    }
    close(pair[1]);
    p->fd = pair[0];
    ohm_status status =
        p->pid < 0 ? ohm_err_set(err, OHM_EIO, "cannot start a process: %s", strerror(errno))
                   : receive_status(p, err);
    if (status != OHM_OK) {
        ohm_platform_process_end(p);
        return status;
    }
    *out = p;
    return OHM_OK;
}

ohm_status ohm_platform_process_ask(ohm_platform_process *p, uint64_t replica, double time_sec,
                                    ohm_err *err)
{
    const request q = {replica, time_sec};
    return ohm_child_send(p->fd, &q, sizeof q) ? OHM_OK : lost(p, err);
}

static void *receive_array(int fd, size_t count, size_t size, bool *ok)
{
    void *array = calloc(count + 1, size);
    *ok = *ok && array && ohm_child_receive(fd, array, count * size);
    return array;
}

ohm_status ohm_platform_process_answer(ohm_platform_process *p, int32_t *codes,
                                       ohm_platform_result *result, ohm_err *err)
{
    OHM_TRY(receive_status(p, err));
    ohm_platform_result r;
    if (!ohm_child_receive(p->fd, codes, p->codes * sizeof *codes) ||
        !ohm_child_receive(p->fd, &r, sizeof r))
        return lost(p, err);
    bool ok = true;
    r.ledger.energy_room = r.ledger.energy_count;
    r.ledger.area_room = r.ledger.area_count;
    r.ledger.energy = receive_array(p->fd, r.ledger.energy_count, sizeof *r.ledger.energy, &ok);
    r.ledger.area = receive_array(p->fd, r.ledger.area_count, sizeof *r.ledger.area, &ok);
    r.units = receive_array(p->fd, r.unit_count, sizeof *r.units, &ok);
    r.critical = receive_array(p->fd, r.critical_count, sizeof *r.critical, &ok);
    r.power = receive_array(p->fd, r.power_count, sizeof *r.power, &ok);
    ohm_platform_result_free(result);
    *result = r;
    if (ok) return OHM_OK;
    ohm_platform_result_free(result);
    return lost(p, err);
}

void ohm_platform_process_end(ohm_platform_process *p)
{
    if (!p) return;
    if (p->pid > 0 && p->stop && p->stop(NULL)) kill(p->pid, SIGKILL);
    shutdown(p->fd, SHUT_WR); /* waiting for a request, it reads the end, closes traces, leaves */
    char waste[4096];
    ssize_t k;
    while ((k = recv(p->fd, waste, sizeof waste, 0)) > 0 || (k < 0 && errno == EINTR))
        ;
    close(p->fd);
    while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(p);
}
