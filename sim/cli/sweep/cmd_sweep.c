/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep`: design spaces, planned, run anywhere, joined and compared. */
#include "sim/cli/action.h"
#include "sim/cli/sweep/session.h"

extern const ohm_command ohm_cmd_sweep;

static const ohm_action actions[] = {
    {"plan", .run = ohm_sweep_action_plan},     {"run", .run = ohm_sweep_action_run},
    {"status", .run = ohm_sweep_action_status}, {"merge", .run = ohm_sweep_action_merge},
    {"pareto", .run = ohm_sweep_action_pareto}, {"effects", .run = ohm_sweep_action_effects},
    {"report", .run = ohm_sweep_action_report}, {"submit", .run = ohm_sweep_action_submit}};

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_action_run(inv, actions, sizeof actions / sizeof actions[0], err);
}

static const ohm_option options[] = {
    {"shard", "I/N", "run: only this part; every shard has a store of its own"},
    {"retry", NULL, "run: try failed points again"},
    {"probe", NULL, "plan: run a few points to tell how long the sweep takes (with -o)"},
    {"objectives", "LIST", "pareto, report: such as accuracy:max,energy_per_sequence_joule:min"},
    {"require", "EXPR", "pareto, report: only points that meet it, such as \"accuracy >= 97 %\""},
    {"tasks", "N", "submit: tasks of the Slurm array, each a shard (default 8)"},
    {"time", "LIMIT", "submit: wall time of a task, as Slurm writes it, such as 2:00:00"},
    {"mem", "SIZE", "submit: memory of a task, such as 4G"},
    {"partition", "NAME", "submit: where the tasks run"},
    {"dry-run", NULL, "submit: write the script only"},
    {"metric", "NAME", "effects: the result to explain (default: the first objective)"},
};

const ohm_command ohm_cmd_sweep = {
    .name = "sweep",
    .summary = "Run design spaces: plan, run, status, merge, pareto, effects, report, submit.",
    .positional = "ACTION SWEEP.yaml",
    .positional_min = 1,
    .positional_max = 2,
    .example = "ohmstate sweep run adc_array -o adc_array --jobs 2",
    .details =
        "plan     what would be run, what is refused and why, how long it takes\n"
        "run      whatever of it the folder of -o does not hold yet; may be killed and run again\n"
        "status   done, failed, missing, time left, errors\n"
        "merge    joins the shards' stores into one, any number of times\n"
        "pareto   the front of the objectives, its knee and hypervolume\n"
        "effects  which axis moves a result, and which pairs act together\n"
        "report   report.html: trade-offs, effects, the best points, what failed, sources\n"
        "submit   writes submit.sh and hands it to Slurm: a job array, one shard per task; merge\n"
        "         joins them. --jobs is the number of cores of a task\n"
        "The folder gets store.sqlite (a row per point and replica), results.csv, replicas.csv "
        "and\n"
        "cache/ with trained models. A point's seeds follow from the base seed, its content and\n"
        "the replica: it gives the same alone, in a sweep or on another machine.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
