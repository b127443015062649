/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/crossbar/mvm_report.h"

#include "core/files/json.h"

#include <math.h>
#include <stdlib.h>

typedef struct error_stats {
    double signal, mse, bias; /* mean squares in units^2; mean error in units */
    double worst;             /* error of the worst element */
    size_t worst_vector, worst_output;
} error_stats;

static void exact_product(const ohm_mvm_problem *p, double *exact)
{
    for (size_t v = 0; v < p->vectors; v++)
        for (size_t o = 0; o < p->outputs; o++) {
            int64_t sum = 0;
            for (size_t i = 0; i < p->inputs; i++)
                sum += (int64_t)p->w[o * p->inputs + i] * p->x[v * p->inputs + i];
            exact[v * p->outputs + o] = (double)sum;
        }
}

static error_stats compare(const ohm_mvm_problem *p, const double *exact, const double *y)
{
    error_stats s = {0};
    const size_t n = p->vectors * p->outputs;
    for (size_t k = 0; k < n; k++) {
        const double e = y[k] - exact[k];
        s.signal += exact[k] * exact[k];
        s.mse += e * e;
        s.bias += e;
        if (fabs(e) > fabs(s.worst)) {
            s.worst = e;
            s.worst_vector = k / p->outputs;
            s.worst_output = k % p->outputs;
        }
    }
    s.signal /= (double)n;
    s.mse /= (double)n;
    s.bias /= (double)n;
    return s;
}

static double snr_decibel(const error_stats *s)
{
    return 10 * log10(s->signal / s->mse);
}

/* Bits of an ideal quantiser with that SNR for a full-scale sine. */
static double effective_bits(const error_stats *s)
{
    return (snr_decibel(s) - 1.76) / 6.02;
}

/* Sources in the order in which a product meets them. */
static const ohm_error_source in_turn[] = {OHM_ERROR_PROGRAMMING, OHM_ERROR_DRIFT,
                                           OHM_ERROR_READ_NOISE,  OHM_ERROR_WIRES,
                                           OHM_ERROR_CONVERTERS,  OHM_ERROR_QUANTISATION};

enum { SOURCES = sizeof in_turn / sizeof in_turn[0] };

_Static_assert((int)SOURCES == (int)OHM_ERROR_SOURCES - 1, "every source has its turn");

/* What the sources do to the mean squared error: without each of them, and with the first k of them
 * alone (growing[0]: none). */
typedef struct attribution {
    double without[SOURCES], growing[SOURCES + 1];
} attribution;

static ohm_status attribute(const ohm_invocation *inv, const ohm_mvm_problem *problem,
                            const double *exact, double all, ohm_mvm_multiply multiply,
                            attribution *out, ohm_err *err)
{
    double *y = malloc(problem->vectors * problem->outputs * sizeof *y);
    if (!y) return ohm_err_no_memory(err, "this command");
    ohm_status status = OHM_OK;
    ohm_mvm_run unused;
    for (int k = 0; k < SOURCES && status == OHM_OK; k++) {
        ohm_mvm_problem p = *problem;
        ohm_error_source_remove(in_turn[k], &p.tile, &p.device);
        status = multiply(inv, &p, y, &unused, err);
        if (status == OHM_OK) out->without[k] = compare(&p, exact, y).mse;
        p = *problem;
        for (int later = k; later < SOURCES; later++)
            ohm_error_source_remove(in_turn[later], &p.tile, &p.device);
        if (status == OHM_OK) status = multiply(inv, &p, y, &unused, err);
        if (status == OHM_OK) out->growing[k] = compare(&p, exact, y).mse;
    }
    out->growing[SOURCES] = all;
    free(y);
    return status;
}

/* Rms difference of the fast wires from the exact network, over the rms product; 0 for other
 * wires. */
static ohm_status fast_wires_error(const ohm_invocation *inv, const ohm_mvm_problem *problem,
                                   const error_stats *s, const double *y, ohm_mvm_multiply multiply,
                                   double *error, ohm_err *err)
{
    *error = 0;
    if (problem->ideal || problem->tile.wires.model != OHM_WIRES_FAST) return OHM_OK;
    double *solved = malloc(problem->vectors * problem->outputs * sizeof *solved);
    if (!solved) return ohm_err_no_memory(err, "this command");
    ohm_mvm_problem p = *problem;
    ohm_mvm_run unused;
    p.tile.wires.model = OHM_WIRES_EXACT;
    ohm_status status = multiply(inv, &p, solved, &unused, err);
    if (status == OHM_OK && s->signal > 0) *error = sqrt(compare(&p, solved, y).mse / s->signal);
    free(solved);
    return status;
}

static void print_text(const ohm_mvm_problem *p, const ohm_mvm_run *run, const error_stats *s,
                       const attribution *by, double fast_wires)
{
    printf("%s\n", run->words);
    printf("tiles            %zu, weights %d bits, inputs %d..%d, %zu vectors\n", run->tiles,
           p->weight_bits, (int)p->input_lo, (int)p->input_hi, p->vectors);
    const uint64_t clipped = run->counts.clipped_low + run->counts.clipped_high;
    printf("clipped          %.4g %% of %llu conversions\n",
           100.0 * (double)clipped / (double)run->counts.conversions,
           (unsigned long long)run->counts.conversions);
    if ((double)clipped > 0.05 * (double)run->counts.conversions)
        printf("                 many: adc.range worst_case or a larger adc.percentile holds more, "
               "calibrated_on programmed what faulty cells give\n");
    if (s->mse == 0) {
        printf("error            none: every product is exact\n");
        return;
    }
    printf("rms error        %.6g units, rms product %.6g units, mean error %.3g units\n",
           sqrt(s->mse), sqrt(s->signal), s->bias);
    if (s->signal > 0)
        printf("SNR              %.2f dB, %.2f effective bits\n", snr_decibel(s),
               effective_bits(s));
    else
        printf("SNR              none: every exact product is 0\n");
    printf("worst element    %+.6g units at vector %zu, output %zu\n", s->worst, s->worst_vector,
           s->worst_output);
    if (p->tile.wires.model == OHM_WIRES_FAST)
        printf("fast wires       %.3g %% of the rms product off the exact network\n",
               100.0 * fast_wires);
    printf("share of the mean squared error, one source after another; and what leaving it out "
           "changes\n");
    if (by->growing[0] > 0) printf("  %-14s %+7.2f %%\n", "rest", 100.0 * by->growing[0] / s->mse);
    for (int k = 0; k < SOURCES; k++)
        printf("  %-14s %+7.2f %%   %+8.2f %%\n", ohm_error_source_name(in_turn[k]),
               100.0 * (by->growing[k + 1] - by->growing[k]) / s->mse,
               100.0 * (by->without[k] - s->mse) / s->mse);
}

static ohm_status print_json(const ohm_mvm_problem *p, const ohm_mvm_run *run, const error_stats *s,
                             const attribution *by, double fast_wires, ohm_err *err)
{
    json_t *sources = json_array();
    for (int k = 0; k < SOURCES; k++)
        json_array_append_new(
            sources,
            json_pack(
                "{s:s, s:o, s:o, s:o}", "source", ohm_error_source_name(in_turn[k]), "mse_without",
                ohm_json_real(by->without[k]), "share",
                ohm_json_real(s->mse > 0 ? (s->mse - by->without[k]) / s->mse : 0.0),
                "share_in_turn",
                ohm_json_real(s->mse > 0 ? (by->growing[k + 1] - by->growing[k]) / s->mse : 0.0)));
    json_t *root = json_pack(
        "{s:s, s:I, s:i, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:I, s:I}, s:I, s:I, s:I, s:o, "
        "s:o}",
        "tile", run->words, "tiles", (json_int_t)run->tiles, "weight_bits", p->weight_bits,
        "vectors", (json_int_t)p->vectors, "mse", ohm_json_real(s->mse), "rms_error",
        ohm_json_real(sqrt(s->mse)), "rms_product", ohm_json_real(sqrt(s->signal)), "mean_error",
        ohm_json_real(s->bias), "snr_decibel", ohm_json_real(snr_decibel(s)), "effective_bits",
        ohm_json_real(effective_bits(s)), "worst", "error", ohm_json_real(s->worst), "vector",
        (json_int_t)s->worst_vector, "output", (json_int_t)s->worst_output, "conversions",
        (json_int_t)run->counts.conversions, "clipped_low", (json_int_t)run->counts.clipped_low,
        "clipped_high", (json_int_t)run->counts.clipped_high, "sources", sources,
        "fast_wires_error",
        p->tile.wires.model == OHM_WIRES_FAST ? ohm_json_real(fast_wires) : json_null());
    const bool written =
        root && json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) == 0;
    json_decref(root);
    putchar('\n');
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the report cannot be written");
}

ohm_status ohm_mvm_report(const ohm_invocation *inv, const ohm_mvm_problem *problem,
                          const ohm_mvm_run *run, const double *y, ohm_mvm_multiply multiply,
                          ohm_err *err)
{
    double *exact = malloc(problem->vectors * problem->outputs * sizeof *exact);
    if (!exact) return ohm_err_no_memory(err, "this command");
    exact_product(problem, exact);
    const error_stats s = compare(problem, exact, y);
    attribution by = {0};
    ohm_status status = OHM_OK;
    if (!problem->ideal) status = attribute(inv, problem, exact, s.mse, multiply, &by, err);
    double fast_wires = 0;
    if (status == OHM_OK)
        status = fast_wires_error(inv, problem, &s, y, multiply, &fast_wires, err);
    if (status == OHM_OK && inv->json)
        status = print_json(problem, run, &s, &by, fast_wires, err);
    else if (status == OHM_OK)
        print_text(problem, run, &s, &by, fast_wires);
    free(exact);
    return status;
}
