/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog-to-digital converters with a model: regressions, circuit models and tables over resolution.
 * What is left out everywhere: reference buffers, the column multiplexer, calibration. */
#include "models/components/adc.h"
#include "models/components/scaling.h"
#include "models/components/sources.h"

#include <math.h>
#include <stddef.h>

/* --- Accelergy regression over the Murmann survey --- */

static void accelergy(const ohm_component_model *self, const ohm_component_query *query,
                      ohm_component_cost *cost)
{
    (void)self;
    /* below 4 bits the regression has no data: the cost stays that of 4 bits */
    double bits = fmax((double)query->bits, 4.0);
    double node_nm = query->node_m * 1e9;
    double sndr = 6.0206 * bits + 1.761;
    double fom = fmin(213.7807 - 2.8719 * log(query->rate_hz), 128.3068 + 3.22051 * ceil(bits));
    double pico = 1.0 / (2.0 * pow(10.0, (fom - sndr) / 10.0)) *
                  exp(26.04962 + 1.88004 * log(node_nm) - 2.82913 * log(bits) - 1.47020);
    double um2 =
        exp(0.99328 * log(node_nm) + 0.18072 * log(query->rate_hz) + 0.29912 * log(pico) + 1.34619);
    ohm_component_add_action(cost, "convert", pico * 1e-12, 1.0 / query->rate_hz);
    cost->area.m2 = um2 * 1e-12;
    if (query->bits < 6)
        ohm_component_add_note(cost, "below 6 bits the fit is flat, an artefact of the survey: "
                                     "take it as an upper bound");
}

const ohm_component_model ohm_adc_accelergy = {
    .component = "adc",
    .name = "adc_accelergy",
    .summary = "regression over the best published converters, any node, rate and resolution",
    .formula = "SNDR = 6.0206 B + 1.761 dB; FOM = min(213.7807 - 2.8719 ln f, 128.3068 + 3.22051 "
               "ceil B); E/pJ = 10^((SNDR - FOM)/10)/2 exp(26.04962 + 1.88004 ln T - 2.82913 ln B "
               "- 1.47020); A/um2 = exp(0.99328 ln T + 0.18072 ln f + 0.29912 ln E + 1.34619); "
               "T in nm, f in Hz; latency 1/f",
    .source = "Accelergy ADC plug-in (accelergy-adc-plug-in: adc_data/model.yaml), regression over "
              "B. Murmann's ADC survey",
    .valid =
        "4 to 14 bits, 1 MS/s to 10 GS/s, 7 to 180 nm; optimistic: best of the survey, area at "
        "the 10th percentile",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_OWN,
    .includes_area = true,
    .includes_latency = true,
    .inputs =
        (const ohm_component_input[]){
            {"bits", 8, 4, 14}, {"rate", 100e6, 1e6, 10e9}, {"node", 32e-9, 7e-9, 180e-9}, {0}},
    .estimate = accelergy};

/* --- NeuroSim's successive-approximation converter --- */

typedef struct sar_row {
    double node_nm, alpha_uw, beta_uw, gamma_w, delta;
} sar_row;

static const sar_row sar_rows[] = {
    {14, 0.3132, 2.5681, 0.061085, 2.303}, {22, 0.538, 4.3753, 0.072341, 2.303},
    {32, 1.1294, 8.8998, 0.079449, 2.297}, {45, 2.1691, 16.693, 0.100225, 2.303},
    {65, 3.7506, 25.844, 0.121272, 2.303}, {130, 8.4483, 65.243, 0.16938, 2.303},
};
enum { SAR_ROWS = sizeof sar_rows / sizeof sar_rows[0] };

static double sar_power(const sar_row *row, double bits, double column_ohm)
{
    return (row->alpha_uw * bits + row->beta_uw) * 1e-6 +
           row->gamma_w * exp(-row->delta * log10(column_ohm));
}

static void neurosim_sar(const ohm_component_model *self, const ohm_component_query *query,
                         ohm_component_cost *cost)
{
    (void)self;
    double bits = (double)query->bits;
    double column_ohm = 1.0 / fmax((double)query->rows * query->g_mean_siemens, 1e-12);
    column_ohm = fmax(column_ohm, 1.0);
    double nm = query->node_m * 1e9;
    size_t i = 0;
    while (i + 2 < SAR_ROWS && nm > sar_rows[i + 1].node_nm)
        i++;
    /* log-log between two tabulated nodes; beyond the table its edge holds */
    double low = sar_power(&sar_rows[i], bits, column_ohm);
    double high = sar_power(&sar_rows[i + 1], bits, column_ohm);
    double t = log(nm / sar_rows[i].node_nm) / log(sar_rows[i + 1].node_nm / sar_rows[i].node_nm);
    t = fmin(fmax(t, 0.0), 1.0);
    double power = low * pow(high / low, t);
    double sec = (bits + 1.0) * 1e-9;
    double heat = fmax(1.0 + 1.3e-3 * (query->temperature_kelvin - 300.0), 0.5);
    ohm_component_add_action(cost, "convert", power * sec * heat, sec);
}

const ohm_component_model ohm_adc_neurosim_sar = {
    .component = "adc",
    .name = "adc_neurosim_sar",
    .summary = "low-power SAR circuit model of NeuroSim 1.4, follows the column resistance",
    .formula = "P = (alpha b + beta) uW + gamma exp(-delta log10 R) W, R = 1/(rows g_mean) in ohm; "
               "latency (b + 1) ns; E = P (b + 1) ns (1 + 1.3e-3 (T - 300)); alpha, beta, gamma, "
               "delta per node 130, 65, 45, 32, 22, 14 nm, log-log between, held beyond",
    .source = "DNN+NeuroSim V1.4, SarADC (circuit simulation at 0.5 V read)",
    .valid = "3 to 10 bits, 14 to 130 nm; circuit level, 4 to 12 times below the survey fit: a low "
             "bound; area not given",
    .node_m = 22e-9,
    .scaling = OHM_SCALING_OWN,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 3, 10},
                                            {"node", 22e-9, 14e-9, 130e-9},
                                            {"rows", 128, 1, 1024},
                                            {"g_mean", 1e-4 / 128, 1e-9, 1e-3},
                                            {"temperature", 300, 250, 400},
                                            {0}},
    .estimate = neurosim_sar};

/* --- ISAAC: one 8-bit SAR per array, resized by resolution --- */

/* energy at 1.2 GS/s in pJ and area in um2 for 4..10 bits */
static const double isaac_pico[] = {0.79, 0.99, 1.20, 1.42, 5.0 / 3.0, 1.969078145, 2.379022742};
static const double isaac_um2[] = {361.04, 476.91, 626.91, 845.18, 1200.0, 1827.91, 3002.01};

/* The table, extended geometrically by its last ratio on either side. */
static double resized(const double *table, int64_t bits)
{
    if (bits < 4) return table[0] * pow(table[0] / table[1], (double)(4 - bits));
    if (bits > 10) return table[6] * pow(table[6] / table[5], (double)(bits - 10));
    return table[bits - 4];
}

static void isaac(const ohm_component_model *self, const ohm_component_query *query,
                  ohm_component_cost *cost)
{
    (void)self;
    /* the paper gives a power; per conversion it is 1.67 pJ at 1.2 GS/s, 1.56 pJ at 1.28 GS/s */
    double rate = fmin(fmax(query->rate_hz, 1.2e9), 1.28e9);
    ohm_component_add_action(cost, "convert",
                             resized(isaac_pico, query->bits) * 1e-12 * 1.2e9 / rate,
                             1.0 / query->rate_hz);
    cost->area.m2 = resized(isaac_um2, query->bits) * 1e-12;
}

const ohm_component_model ohm_adc_isaac = {
    .component = "adc",
    .name = "adc_isaac",
    .summary = "8-bit 1.28 GS/s SAR of ISAAC, 2 mW, with its resolution table",
    .formula = "E(b) at 1.2 GS/s = 0.79 0.99 1.20 1.42 1.67 1.97 2.38 pJ, A(b) = 361 477 627 845 "
               "1200 1828 3002 um2 for b = 4..10; the power is constant, so at 1.28 GS/s E is "
               "1.2/1.28 of that; latency 1/f",
    .source = OHM_ISAAC "; converter after L. Kull et al., ISSCC 2013; resolutions after M. Saberi "
                        "et al. 2011, as in hwcomponents-library",
    .valid = "4 to 10 bits, 1.2 to 1.28 GS/s, 32 nm; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs =
        (const ohm_component_input[]){{"bits", 8, 4, 10}, {"rate", 1.28e9, 1.2e9, 1.28e9}, {0}},
    .estimate = isaac};

/* --- PUMA --- */

static void puma(const ohm_component_model *self, const ohm_component_query *query,
                 ohm_component_cost *cost)
{
    (void)self;
    double bits = (double)query->bits;
    double column_sec = 12.5e-9 * bits / 128.0;
    ohm_component_add_action(cost, "convert", 0.225e-3 * bits * column_sec, column_sec);
    cost->area.m2 = 1200e-12;
    cost->leakage.watt = 0.025e-3 * bits;
}

const ohm_component_model ohm_adc_puma = {
    .component = "adc",
    .name = "adc_puma",
    .summary = "converter of the PUMA simulator: power and time linear in bits, 128 columns a turn",
    .formula =
        "0.225 b mW dynamic, 0.025 b mW leakage, 12.5 b ns per 128 columns; E = 0.225 b mW x "
        "12.5 b ns / 128; area 1200 um2 at every resolution",
    .source = OHM_PUMA,
    .valid = "1 to 16 bits, 32 nm, 128 columns per converter",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 8, 1, 16}, {0}},
    .estimate = puma};

/* --- ZigZag-IMC --- */

static void zigzag(const ohm_component_model *self, const ohm_component_query *query,
                   ohm_component_cost *cost)
{
    (void)self;
    double bits = (double)query->bits;
    double volt = query->supply_volt;
    double femto = (100.0 * bits + 0.001 * pow(4.0, bits)) * volt * volt;
    double nano = bits * (0.00653 * (double)query->rows + 0.640);
    ohm_component_add_action(cost, "convert", femto * 1e-15, nano * 1e-9);
    cost->area.m2 = pow(10.0, 1.206 - 0.0369 * bits) * exp2(bits) * 1e-12;
}

const ohm_component_model ohm_adc_zigzag = {
    .component = "adc",
    .name = "adc_zigzag",
    .summary = "fit of ZigZag-IMC to three 28 nm analog in-memory chips",
    .formula = "E = (100 B + 0.001 4^B) fF V^2; A = 10^(1.206 - 0.0369 B) 2^B um2; latency B "
               "(0.00653 rows + 0.640) ns",
    .source = "ZigZag-IMC: AimcArrayUnit.py (KU Leuven MICAS)",
    .valid = "1 to 12 bits, 28 nm, 32 to 1152 rows; fitted on SRAM-based macros",
    .node_m = 28e-9,
    .scaling = OHM_SCALING_NODE,
    .includes_area = true,
    .includes_latency = true,
    .inputs =
        (const ohm_component_input[]){
            {"bits", 8, 1, 12}, {"rows", 128, 32, 1152}, {"supply", 0.9, 0.6, 1.1}, {0}},
    .estimate = zigzag};

/* --- NeuRRAM: neuron and control, per output, from the published breakdown --- */

static void neurram(const ohm_component_model *self, const ohm_component_query *query,
                    ohm_component_cost *cost)
{
    (void)self;
    static const double femto_per_op[] = {12.4, 29.1, 52.5, 75.9}; /* at 4, 6, 8, 10 bits */
    double place = ((double)query->bits - 4.0) / 2.0;
    size_t i = place <= 1.0 ? 0 : place <= 2.0 ? 1 : 2;
    double t = place - (double)i;
    double femto = femto_per_op[i] + t * (femto_per_op[i + 1] - femto_per_op[i]);
    /* 3 bits: 43.1 TOPS/W leave 12.0 fJ beside the pulses' 11.2; the line goes on from there */
    if (place < 0.0) femto = femto_per_op[0] - 0.4 * (4.0 - (double)query->bits);
    double ops = 2.0 * 128.0; /* 128 weight rows, a multiply and an add each */
    ohm_component_add_action(cost, "convert", femto * ops * 1e-15, 0.0);
    cost->area.m2 = 400e-12 + 350e-12 + 45e-12; /* converter, integrator, sampler */
    cost->leakage.watt = 1e-8 + 5e-9 + 1e-8;
}

const ohm_component_model ohm_adc_neurram = {
    .component = "adc",
    .name = "adc_neurram",
    .summary = "NeuRRAM neuron (sample, integrate, convert) with its control, per output",
    .formula =
        "12.4, 29.1, 52.5, 75.9 fJ per operation at 4, 6, 8, 10 output bits (with 2, 4, 6, 8 "
        "input bits), linear between, 0.4 less per bit below 4; x 256 operations per output "
        "(assumed: 128 differential weight rows); area 400 + 350 + 45 um2",
    .source = OHM_NEURRAM
    ", energy breakdown as stored with CiMLoop; areas and leakage from hwcomponents-library",
    .valid =
        "4 to 10 output bits, 130 nm 1.8 V; conversion time is within the MVM time of the chip",
    .node_m = 130e-9,
    .supply_volt = 1.8,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .includes_leakage = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 3, 10}, {0}},
    .estimate = neurram};

/* --- HERMES: current-controlled oscillator and counter per column --- */

static void hermes(const ohm_component_model *self, const ohm_component_query *query,
                   ohm_component_cost *cost)
{
    (void)self;
    double stretch = exp2((double)query->bits - 8.0);
    ohm_component_add_action(cost, "convert", 0.65 * 12.5e-9 / 256.0 * stretch, 2e-9);
}

const ohm_component_model ohm_adc_hermes = {
    .component = "adc",
    .name = "adc_hermes_cco",
    .summary = "HERMES oscillator converter, one per column, integrating while the rows are driven",
    .formula =
        "E = 0.65 x 12.5 nJ / 256 at 8 bits, doubled per bit (counting time 2^b x 300 ps); 2 "
        "ns after the input pulse (130 - 128 ns)",
    .source =
        "R. Khaddam-Aljameh et al., HERMES core, JSSC 2022 (12.5 nJ and 130 ns per MVM); share "
        "65 % of the tile's energy from Singh et al. 2025 (60 to 70 %)",
    .valid =
        "4 to 9 bits, 14 nm 0.8 V; a share of a measured total, not a measured converter; area "
        "is within the core's",
    .node_m = 14e-9,
    .supply_volt = 0.8,
    .scaling = OHM_SCALING_FIXED,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 4, 9}, {0}},
    .estimate = hermes};
