/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/arguments.h"

#include "core/config/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_HELP = 'h',
    OPT_OUTPUT = 'o',
    OPT_JOBS = 'j',
    OPT_QUIET = 'q',
    OPT_SEED = 256,
    OPT_SET,
    OPT_JSON,
    OPT_FORCE,
    OPT_OWN = 512 /* first of the command's own */
};

const ohm_option ohm_common_options[] = {
    {"output", "PATH", "where the result goes (-o)"},
    {"set", "key=value", "change a parameter; may be repeated, checked like the file"},
    {"seed", "N", "root of all randomness (default 1)"},
    {"jobs", "N", "threads or processes (-j; default: this machine's cores)"},
    {"json", NULL, "print the result as JSON"},
    {"quiet", NULL, "no progress and no notes (-q)"},
    {"force", NULL, "overwrite what exists"},
};
const size_t ohm_common_option_count = sizeof ohm_common_options / sizeof ohm_common_options[0];

static const struct option common_long[] = {
    {"help", no_argument, NULL, OPT_HELP},       {"output", required_argument, NULL, OPT_OUTPUT},
    {"set", required_argument, NULL, OPT_SET},   {"seed", required_argument, NULL, OPT_SEED},
    {"jobs", required_argument, NULL, OPT_JOBS}, {"json", no_argument, NULL, OPT_JSON},
    {"quiet", no_argument, NULL, OPT_QUIET},     {"force", no_argument, NULL, OPT_FORCE},
};
enum { COMMON_COUNT = sizeof common_long / sizeof common_long[0] };

static int core_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    return 1;
}

static ohm_status parse_unsigned(const char *name, const char *text, uint64_t *out, ohm_err *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!*text || *end || strspn(text, "0123456789") != strlen(text) || errno)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--%s: '%.80s' is not a whole number from 0 to 2^64 - 1", name, text);
    *out = value;
    return OHM_OK;
}

static ohm_status parse_jobs(const char *text, int *out, ohm_err *err)
{
    uint64_t value = 0;
    if (parse_unsigned("jobs", text, &value, NULL) != OHM_OK || value < 1 || value > 4096)
        return ohm_err_set(err, OHM_ECONFIG, "--jobs: '%.80s' is not a number from 1 to 4096",
                           text);
    *out = (int)value;
    return OHM_OK;
}

static ohm_status unknown_option(const ohm_command *command, const char *word, ohm_err *err)
{
    char name[128];
    size_t dashes = strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + dashes, "="), word + dashes);
    ohm_nearest nearest = {.word = name};
    for (size_t i = 0; i < command->option_count; i++)
        ohm_nearest_add_candidate(&nearest, command->options[i].name);
    for (size_t i = 0; i < ohm_common_option_count; i++)
        ohm_nearest_add_candidate(&nearest, ohm_common_options[i].name);
    if (nearest.best && dashes == 2)
        return ohm_err_set(err, OHM_ECONFIG, "unknown option '--%s'; did you mean '--%s'?", name,
                           nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "unknown option '%.*s%s'; 'ohmstate %s --help' lists them",
                       (int)dashes, word, name, command->name);
}

static ohm_status take_common(int c, ohm_invocation *inv, bool *help, ohm_err *err)
{
    switch (c) {
    case OPT_HELP:
        *help = true;
        return OHM_OK;
    case OPT_OUTPUT:
        if (!*optarg) return ohm_err_set(err, OHM_ECONFIG, "--output: the path is empty");
        inv->output = optarg;
        return OHM_OK;
    case OPT_JOBS:
        return parse_jobs(optarg, &inv->jobs, err);
    case OPT_QUIET:
        inv->quiet = true;
        return OHM_OK;
    case OPT_JSON:
        inv->json = true;
        return OHM_OK;
    case OPT_FORCE:
        inv->force = true;
        return OHM_OK;
    case OPT_SEED:
        inv->seed_given = true;
        return parse_unsigned("seed", optarg, &inv->seed, err);
    case OPT_SET:
        if (inv->set_count == OHM_SETS_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "--set: given more than %d times", OHM_SETS_MAX);
        inv->sets[inv->set_count++] = optarg;
        return OHM_OK;
    default:
        return ohm_err_set(err, OHM_EINVAL, "option %d has no meaning", c);
    }
}

static ohm_status check_positional(const ohm_invocation *inv, ohm_err *err)
{
    const ohm_command *command = inv->command;
    size_t n = inv->positional_count;
    const char *usage = command->positional ? command->positional : "no arguments";
    if (n < command->positional_min)
        return ohm_err_set(err, OHM_ECONFIG, "%s: expected %s; see 'ohmstate %s --help'",
                           n ? "too few arguments" : "nothing to work on", usage, command->name);
    if (n > command->positional_max)
        return ohm_err_set(err, OHM_ECONFIG,
                           "'%.120s' is one argument too many; expected %s; see 'ohmstate %s "
                           "--help'",
                           inv->positional[command->positional_max], usage, command->name);
    return OHM_OK;
}

ohm_status ohm_arguments_parse(const ohm_command *command, int argc, char **argv,
                               const char *program, ohm_invocation *inv, bool *help, ohm_err *err)
{
    struct option options[COMMON_COUNT + OHM_OPTIONS_MAX + 1];
    memset(options, 0, sizeof options);
    memcpy(options, common_long, sizeof common_long);
    if (command->option_count > OHM_OPTIONS_MAX)
        return ohm_err_set(err, OHM_EINVAL, "%s: too many options", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        options[COMMON_COUNT + i] = (struct option){
            command->options[i].name,
            command->options[i].argument ? required_argument : no_argument, NULL, OPT_OWN + (int)i};

    *inv =
        (ohm_invocation){.command = command, .program = program, .seed = 1, .jobs = core_count()};
    *help = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) *help = true;
    if (*help) return OHM_OK;

    optind = 0; /* start over, GNU's way */
    opterr = 0;
    for (;;) {
        /* "-": positional arguments come in order as option 1; ":": a missing argument as ':' */
        int c = getopt_long(argc, argv, "-:ho:j:q", options, NULL);
        if (c == -1) break;
        if (c == ':')
            return ohm_err_set(err, OHM_ECONFIG, "option '%s' needs a value", argv[optind - 1]);
        if (c == '?') {
            const char *word = argv[optind - 1];
            char letter[3] = {'-', (char)optopt, '\0'};
            bool is_letter = optopt > 0 && optopt < 256 && strncmp(word, "--", 2) != 0;
            if (strncmp(word, "--", 2) == 0 && optopt)
                return ohm_err_set(err, OHM_ECONFIG, "option '%.*s' takes no value",
                                   (int)strcspn(word, "="), word);
            return unknown_option(command, is_letter ? letter : word, err);
        }
        if (c == 1) {
            if (inv->positional_count == OHM_POSITIONAL_MAX)
                return ohm_err_set(err, OHM_ECONFIG, "more than %d arguments", OHM_POSITIONAL_MAX);
            inv->positional[inv->positional_count++] = optarg;
        } else if (c >= OPT_OWN) {
            size_t i = (size_t)(c - OPT_OWN);
            inv->flags[i] = true;
            inv->values[i] = optarg;
        } else {
            OHM_TRY(take_common(c, inv, help, err));
        }
    }
    for (; optind < argc; optind++) { /* behind "--" */
        if (inv->positional_count == OHM_POSITIONAL_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "more than %d arguments", OHM_POSITIONAL_MAX);
        inv->positional[inv->positional_count++] = argv[optind];
    }
    return check_positional(inv, err);
}
