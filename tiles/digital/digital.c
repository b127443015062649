/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/digital/digital.h"

#include <stddef.h>
#include <string.h>

/* --- configuration --- */

static const ohm_param rows[] = {
    {.key = "units",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, units),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .doc = "Digital units on the chip, shared by the layers in turn; 0: one for every layer."},
    {.key = "lanes",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, lanes),
     .fallback = "64",
     .min = 1,
     .max = 65536,
     .doc = "Lanes of one unit: channels or modes worked on at once."},
    {.key = "multipliers",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, multipliers),
     .fallback = "4",
     .min = 1,
     .max = 64,
     .doc =
         "Narrow multipliers (code times code) of one lane; four form a complex product a cycle."},
    {.key = "rescalers",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, rescalers),
     .fallback = "2",
     .min = 1,
     .max = 64,
     .doc = "Wide multipliers with rounding shift and clip of one lane."},
    {.key = "adders",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, adders),
     .fallback = "2",
     .min = 1,
     .max = 64,
     .doc = "Adders of one lane beside those of its multipliers."},
    {.key = "clock",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = offsetof(ohm_digital_config, clock_hz),
     .fallback = "1 GHz",
     .min = 1e6,
     .max = 1e10,
     .doc = "Clock of the digital units."},
    {.key = "pipeline_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, pipeline_cycles),
     .fallback = "4",
     .min = 0,
     .max = 256,
     .doc = "Cycles from the last item entering a lane to its result standing in memory."},
    {.key = "lookup_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, lookup_cycles),
     .fallback = "1",
     .min = 1,
     .max = 64,
     .doc = "Cycles between two table look-ups of one lane."},
    {.key = "divide_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, divide_cycles),
     .fallback = "16",
     .min = 1,
     .max = 256,
     .doc = "Cycles between two divisions of one lane (normalisation, mean pooling)."},
    {.key = "sqrt_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_digital_config, sqrt_cycles),
     .fallback = "32",
     .min = 1,
     .max = 1024,
     .doc = "Cycles of the integer square root of a layer normalisation; one per token."},
};

const ohm_param_table ohm_digital_params = {
    "digital",
    "Digital units: requantisation, recurrences, nonlinearities.",
    rows,
    sizeof rows / sizeof rows[0],
    sizeof(ohm_digital_config),
    NULL};

/* --- passes --- */

/* What one item asks of a lane. */
typedef struct item {
    uint64_t mac, rescale, add, lookup, divide;
} item;

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t initiation_cycles(const ohm_digital_config *config, const item *it)
{
    uint64_t ii = 1;
    ii = max_u64(ii, ceil_div(it->mac, (uint64_t)config->multipliers));
    ii = max_u64(ii, ceil_div(it->rescale, (uint64_t)config->rescalers));
    ii = max_u64(ii, ceil_div(it->add, (uint64_t)config->adders));
    ii = max_u64(ii, it->lookup * (uint64_t)config->lookup_cycles);
    return max_u64(ii, it->divide * (uint64_t)config->divide_cycles);
}

/* n equal items over the lanes, entering directly behind what came before. */
static void pass(const ohm_digital_config *config, ohm_digital_work *work, uint64_t n, item it)
{
    work->actions[OHM_DIGITAL_MAC] += n * it.mac;
    work->actions[OHM_DIGITAL_RESCALE] += n * it.rescale;
    work->actions[OHM_DIGITAL_ADD] += n * it.add;
    work->actions[OHM_DIGITAL_LOOKUP] += n * it.lookup;
    work->actions[OHM_DIGITAL_DIVIDE] += n * it.divide;
    work->busy_cycles += ceil_div(n, (uint64_t)config->lanes) * initiation_cycles(config, &it);
}

/* Sums what the lanes hold and hands the sum to all of them: the pipeline drains first, since the
 * next pass needs the sum. */
static void reduce(const ohm_digital_config *config, ohm_digital_work *work, uint64_t n)
{
    uint64_t width = n < (uint64_t)config->lanes ? n : (uint64_t)config->lanes;
    for (uint64_t reach = 1; reach < width; reach *= 2)
        work->busy_cycles += 1;
    work->actions[OHM_DIGITAL_ADD] += width > 0 ? width - 1 : 0;
    work->busy_cycles += (uint64_t)config->pipeline_cycles;
}

static void begin(ohm_digital_work *work)
{
    memset(work, 0, sizeof *work);
}

static void end(const ohm_digital_config *config, ohm_digital_work *work)
{
    if (work->busy_cycles > 0)
        work->latency_cycles = work->busy_cycles + (uint64_t)config->pipeline_cycles;
}

/* --- widths --- */

static uint64_t value_bits(const ohm_graph *graph, int index)
{
    const ohm_value *value = &graph->values[index];
    return (uint64_t)value->width * (uint64_t)ohm_value_bits(value);
}

int ohm_digital_sum_bits(int a_bits, int b_bits, size_t n)
{
    int bits = a_bits + b_bits;
    for (size_t reach = 1; reach < n; reach *= 2)
        bits += 1;
    return bits;
}

/* Bits of one rescaling constant: its multiplier; shifts are per op and stay in the controller. */
enum { MULTIPLIER_BITS = OHM_MULTIPLIER_BITS + 1 };

uint64_t ohm_digital_state_bits(const ohm_graph *graph, size_t op)
{
    const ohm_op *o = &graph->ops[op];
    if (o->kind == OHM_OP_SSM)
        return 2 * (uint64_t)o->u.ssm.heads * o->u.ssm.modes * (uint64_t)o->u.ssm.state_bits;
    if (o->kind == OHM_OP_POOL) { /* sums of up to 2^24 tokens */
        const ohm_value *in = &graph->values[o->input_a];
        return (uint64_t)in->width * (uint64_t)(ohm_value_bits(in) + 24);
    }
    return 0;
}

/* --- operations --- */

static void work_mvm(const ohm_digital_config *config, const ohm_op_mvm *mvm,
                     ohm_digital_work *work)
{
    /* a lane keeps the running sum of one output, then rescales it */
    pass(config, work, mvm->outputs, (item){.mac = mvm->inputs, .rescale = 1, .add = 1});
    work->read_bits += (uint64_t)mvm->outputs * mvm->inputs * (uint64_t)mvm->weight_bits;
}

static void work_ssm(const ohm_digital_config *config, const ohm_graph *graph, size_t op,
                     ohm_digital_work *work)
{
    const ohm_op_ssm *ssm = &graph->ops[op].u.ssm;
    uint64_t pairs = (uint64_t)ssm->heads * ssm->modes;
    /* a x: 4, b u: 2, Re(c x): 2 products; both products rescaled for both parts; delta adds x */
    pass(config, work, pairs, (item){.mac = 8, .rescale = 4, .add = ssm->delta ? 2 : 0});
    pass(config, work, ssm->heads, (item){.mac = 1, .rescale = 2, .add = 1});
    work->read_bits += pairs * 2 * (uint64_t)(ssm->pole_bits + ssm->b_bits + ssm->c_bits);
    work->read_bits += (uint64_t)ssm->heads * (uint64_t)(ssm->d_bits + 4 * MULTIPLIER_BITS);
    work->read_bits += ohm_digital_state_bits(graph, op);
    work->write_bits += ohm_digital_state_bits(graph, op);
}

static void work_layernorm(const ohm_digital_config *config, size_t width, ohm_digital_work *work)
{
    pass(config, work, width, (item){.add = 1}); /* S */
    reduce(config, work, width);
    pass(config, work, width, (item){.mac = 2, .add = 1}); /* d = n x - S, V += d d */
    reduce(config, work, width);
    work->actions[OHM_DIGITAL_SQRT] += 1;
    work->busy_cycles += (uint64_t)config->sqrt_cycles;
    pass(config, work, width, (item){.divide = 1, .rescale = 1, .add = 1});
    work->read_bits += (uint64_t)width * (MULTIPLIER_BITS + 32);
}

void ohm_digital_work_op(const ohm_digital_config *config, const ohm_graph *graph, size_t op,
                         ohm_digital_work *work)
{
    const ohm_op *o = &graph->ops[op];
    size_t out = graph->values[o->output].width;
    size_t in = graph->values[o->input_a].width;
    begin(work);
    work->read_bits += value_bits(graph, o->input_a);
    if (o->input_b != OHM_NO_VALUE) work->read_bits += value_bits(graph, o->input_b);
    work->write_bits += value_bits(graph, o->output);
    switch (o->kind) {
    case OHM_OP_MVM:
        work_mvm(config, &o->u.mvm, work);
        break;
    case OHM_OP_SSM:
        work_ssm(config, graph, op, work);
        break;
    case OHM_OP_TABLE: /* tables are the lanes' own ROM, not the unit's memory */
        pass(config, work, out, (item){.lookup = 1});
        break;
    case OHM_OP_GLU:
        pass(config, work, out, (item){.lookup = 1, .mac = 1, .rescale = 1});
        break;
    case OHM_OP_COMBINE: {
        uint64_t inputs = o->u.combine.multiplier_b != NULL ? 2 : 1;
        pass(config, work, out, (item){.rescale = inputs, .add = inputs});
        work->read_bits += (uint64_t)out * (inputs * MULTIPLIER_BITS + 64);
        break;
    }
    case OHM_OP_LAYERNORM:
        work_layernorm(config, out, work);
        break;
    case OHM_OP_POOL: /* `last` only keeps the token */
        pass(config, work, in, (item){.add = o->u.pool.last ? 0 : 1});
        work->write_bits -= value_bits(graph, o->output);
        work->write_bits += ohm_digital_state_bits(graph, op);
        if (!o->u.pool.last) work->read_bits += ohm_digital_state_bits(graph, op);
        break;
    }
    end(config, work);
}

void ohm_digital_work_mvm_finish(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t blocks, int acc_bits, ohm_digital_work *work)
{
    const ohm_op *o = &graph->ops[op];
    uint64_t outputs = o->u.mvm.outputs;
    begin(work);
    pass(config, work, outputs,
         (item){.rescale = 1, .add = blocks}); /* blocks - 1 sums, the bias */
    work->read_bits +=
        outputs * ((uint64_t)blocks * (uint64_t)acc_bits + MULTIPLIER_BITS + (uint64_t)acc_bits);
    work->write_bits += value_bits(graph, o->output);
    end(config, work);
}

void ohm_digital_work_ssm_update(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t a_blocks, size_t b_blocks, int acc_bits,
                                 ohm_digital_work *work)
{
    const ohm_op_ssm *ssm = &graph->ops[op].u.ssm;
    uint64_t pairs = (uint64_t)ssm->heads * ssm->modes;
    uint64_t blocks = a_blocks + b_blocks;
    uint64_t sums = blocks > 2 ? 2 * (blocks - 2) : 0;
    begin(work);
    pass(config, work, pairs, (item){.rescale = 4, .add = sums + (ssm->delta ? 2 : 0)});
    work->read_bits += pairs * 2 * blocks * (uint64_t)acc_bits;
    work->read_bits += (uint64_t)ssm->heads * 2 * MULTIPLIER_BITS;
    work->read_bits += ssm->delta ? ohm_digital_state_bits(graph, op) : 0;
    work->write_bits += ohm_digital_state_bits(graph, op);
    end(config, work);
}

void ohm_digital_work_ssm_output(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t c_blocks, int acc_bits, ohm_digital_work *work)
{
    const ohm_op *o = &graph->ops[op];
    const ohm_op_ssm *ssm = &o->u.ssm;
    begin(work);
    pass(config, work, ssm->heads,
         (item){.mac = 1, .rescale = 2, .add = c_blocks}); /* d u; c_blocks - 1 sums, then both */
    work->read_bits += (uint64_t)ssm->heads * ((uint64_t)c_blocks * (uint64_t)acc_bits +
                                               (uint64_t)ssm->d_bits + 2 * MULTIPLIER_BITS);
    work->read_bits += value_bits(graph, o->input_a);
    work->write_bits += value_bits(graph, o->output);
    end(config, work);
}

void ohm_digital_work_pool_finish(const ohm_digital_config *config, const ohm_graph *graph,
                                  size_t op, ohm_digital_work *work)
{
    const ohm_op *o = &graph->ops[op];
    uint64_t width = graph->values[o->output].width;
    begin(work);
    pass(config, work, width, (item){.rescale = 1, .divide = o->u.pool.last ? 0 : 1});
    work->read_bits += ohm_digital_state_bits(graph, op);
    work->write_bits += value_bits(graph, o->output);
    end(config, work);
}
