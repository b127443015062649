/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep submit`: a Slurm job array, each task one shard with a store of its own. */
#include "core/files/file.h"
#include "sim/cli/sweep/session.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A shell word in single quotes. */
static void quote(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    fputc('\'', out);
}

/* The sweep as a task finds it: a file's full path, or a preset's name as it stands. */
static void sweep_name(const char *name, char out[OHM_PATH_MAX])
{
    char *full = ohm_file_exists(name) ? realpath(name, NULL) : NULL;
    snprintf(out, OHM_PATH_MAX, "%.511s", full ? full : name);
    free(full);
}

static ohm_status check_word(const char *option, const char *text, ohm_err *err)
{
    if (!text || (*text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789:-_.,") == strlen(text)))
        return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "--%s: '%.60s' is nothing Slurm takes", option, text);
}

static ohm_status write_script(const ohm_sweep_session *s, const char *path, size_t shards,
                               ohm_err *err)
{
    static const char *const options[] = {"time", "mem", "partition"};
    ohm_outfile file;
    char program[OHM_PATH_MAX], sweep[OHM_PATH_MAX];
    char *folder = realpath(s->folder, NULL);
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (!folder || n < 0) {
        free(folder);
        return ohm_err_set(err, OHM_EIO, "cannot find this program or its folder: %s",
                           strerror(errno));
    }
    program[n] = '\0';
    sweep_name(s->inv->positional[1], sweep);
    ohm_status status = ohm_outfile_open(&file, path, true, err);
    if (status == OHM_OK) {
        FILE *out = file.stream;
        fprintf(out,
                "#!/bin/sh\n#SBATCH --job-name=ohmstate\n#SBATCH --array=1-%zu\n#SBATCH --requeue\n"
                "#SBATCH --open-mode=append\n#SBATCH --cpus-per-task=%zu\n",
                shards, s->workers);
        fprintf(out, "#SBATCH --output=%s/slurm-%%a.log\n", folder);
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            const char *text = ohm_invocation_value(s->inv, options[i]);
            if (text) fprintf(out, "#SBATCH --%s=%s\n", options[i], text);
        }
        fprintf(out, "# A task that is killed or requeued goes on where its store ends.\nexec ");
        quote(out, program);
        fputs(" sweep run ", out);
        quote(out, sweep);
        fputs(" -o ", out);
        quote(out, folder);
        fprintf(out, " --shard \"$SLURM_ARRAY_TASK_ID/%zu\" --jobs %zu --quiet", shards,
                s->workers);
        for (size_t i = 0; i < s->inv->set_count; i++) {
            fputs(" --set ", out);
            quote(out, s->inv->sets[i]);
        }
        if (s->inv->seed_given) fprintf(out, " --seed %llu", (unsigned long long)s->inv->seed);
        fputc('\n', out);
        status = ohm_outfile_commit(&file, err);
    }
    free(folder);
    return status;
}

static ohm_status run_sbatch(const char *script, ohm_err *err)
{
    pid_t pid;
    int how = 0;
    char *arguments[] = {"sbatch", (char *)(uintptr_t)script, NULL};
    fflush(stdout);
    int code = posix_spawnp(&pid, "sbatch", NULL, NULL, arguments, environ);
    if (code != 0)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "sbatch cannot be started: %s; the script is %s, and --shard I/N runs "
                           "one part without Slurm",
                           strerror(code), script);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return how == 0 ? OHM_OK : ohm_err_set(err, OHM_EIO, "sbatch refused %s", script);
}

static ohm_status submit(const ohm_sweep_session *s, ohm_err *err)
{
    static const char *const options[] = {"time", "mem", "partition"};
    char script[OHM_PATH_MAX];
    int64_t shards;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        OHM_TRY(check_word(options[i], ohm_invocation_value(s->inv, options[i]), err));
    OHM_TRY(ohm_invocation_integer(s->inv, "tasks", 1, OHM_SWEEP_STORES_MAX, 8, &shards, err));
    if (s->is_staged && shards > 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--tasks: this strategy chooses points by the results of all earlier "
                           "ones, which the tasks of an array do not see; submit it with --tasks 1 "
                           "and as many --jobs as a node has cores");
    OHM_TRY(ohm_directory_make(s->folder, err));
    snprintf(script, sizeof script, "%.480s/submit.sh", s->folder);
    OHM_TRY(write_script(s, script, (size_t)shards, err));
    if (!s->inv->quiet)
        printf("%s: %lld tasks for %zu points\n", script, (long long)shards, s->points.count);
    return ohm_invocation_flag(s->inv, "dry-run") ? OHM_OK : run_sbatch(script, err);
}

ohm_status ohm_sweep_action_submit(const ohm_invocation *inv, ohm_err *err)
{
    ohm_sweep_session s;
    ohm_status status = ohm_sweep_session_open(inv, true, &s, err);
    if (status == OHM_OK) status = submit(&s, err);
    ohm_sweep_session_close(&s);
    return status;
}
