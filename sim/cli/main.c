/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate`: chooses the command, prints its error, returns its exit code. */
#include "core/config/nearest.h"
#include "sim/cli/arguments.h"
#include "sim/cli/command.h"
#include "sim/cli/help.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int fail(const ohm_err *err, const char *command)
{
    char text[OHM_PATH_MAX + OHM_MESSAGE_MAX + 32];
    ohm_err_format(err, text, sizeof text);
    text[strcspn(text, "\n")] = '\0'; /* one line, whatever a message held */
    fflush(stdout);
    /* A place speaks for itself; without one the command's name says who complains. */
    if (err->path[0] || !command)
        fprintf(stderr, "ohmstate: %s\n", text);
    else
        fprintf(stderr, "ohmstate %s: %s\n", command, text);
    return ohm_status_exit_code(err->status);
}

static const ohm_command *find_command(const char *name)
{
    for (size_t i = 0; ohm_commands[i]; i++)
        if (strcmp(ohm_commands[i]->name, name) == 0) return ohm_commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    ohm_nearest nearest = {.word = name};
    for (size_t i = 0; ohm_commands[i]; i++)
        ohm_nearest_add_candidate(&nearest, ohm_commands[i]->name);
    ohm_err err = {0};
    if (nearest.best)
        ohm_err_set(&err, OHM_ECONFIG, "unknown command '%.80s'; did you mean '%s'?", name,
                    nearest.best);
    else
        ohm_err_set(&err, OHM_ECONFIG, "unknown command '%.80s'; 'ohmstate --help' lists them",
                    name);
    return fail(&err, NULL);
}

/* Results must have arrived before success is claimed: a full disk is a failed run. */
static int finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
    fprintf(stderr, "ohmstate: standard output cannot be written: %s\n", strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    /* Threads are ours to start. OpenBLAS, which may come with CHOLMOD, starts some when it is loaded
     * and waits for memory that a limit does not let it have; it also rounds by their number. */
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    /* A reader that leaves ends us quietly even if our parent ignores the signal. */
    signal(SIGPIPE, SIG_DFL);
    gsl_set_error_handler_off(); /* GSL's default aborts; we look at return codes */

    if (argc < 2) {
        ohm_help_overview(stderr);
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        (strcmp(name, "help") == 0 && argc == 2)) {
        ohm_help_overview(stdout);
        return finish();
    }
    if (strcmp(name, "--version") == 0) {
        ohm_help_version(stdout);
        return finish();
    }
    bool help = strcmp(name, "help") == 0;
    if (help) name = argv[2];
    const ohm_command *command = find_command(name);
    if (!command) return unknown_command(name);

    ohm_err err = {0};
    ohm_invocation inv;
    ohm_status status = OHM_OK;
    if (!help)
        status = ohm_arguments_parse(command, argc - 1, argv + 1, argv[0], &inv, &help, &err);
    if (status == OHM_OK && help) {
        ohm_help_command(stdout, command);
        return finish();
    }
    if (status == OHM_OK) status = command->run(&inv, &err);
    if (status != OHM_OK) {
        if (err.status == OHM_OK) /* a command that returned without a word */
            ohm_err_set(&err, status, "failed: %s", ohm_status_name(status));
        return fail(&err, command->name);
    }
    return finish();
}
