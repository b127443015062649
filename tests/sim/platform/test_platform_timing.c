/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole layers against closed forms worked out by hand from docs/tiles/. The chip is made of round
 * numbers: every clock 1 GHz, every message one flit, every memory access one cycle, every
 * elementwise operation one cycle and 2 of pipeline. Model: encoder, one S4D layer (recurrence,
 * table, mix, gate, residual), mean pooling, head; 8 heads of 2 modes. In cycles:
 *
 *   product on a tile   bus 1 + load 1 + read 10 + convert 8 + sum 1 + store 1 + bus 1 = 23
 *   any digital step    1 + 2 = 3; recurrence (modes, then heads) 2 + 2 = 4
 *   token               memory 1, encoder 23 + 3, recurrence 4, table 3, mix 23 + 3, gate 3,
 *                       residual 3, pooling 3                                      = 69
 *   first of all        written into the global buffer just before it is read      + 1
 *   end of a sequence   pooling 3, head 23 + 3, store: bus 1 + memory 1 + host 1   = 32 */
#include "tests/sim/platform/platform_support.h"

#include <math.h>

enum { PRODUCT = 23, STEP = 3, RECURRENCE = 4, TOKEN = 69, FIRST = 70, END = 32 };

static const double cycle = 1e-9;

static ohm_chip_config round_chip(void)
{
    ohm_chip_config c = default_chip();
    const ohm_sram_config wide = {
        .banks = 16, .ports = 1, .width_bits = 8192, .depth = 64, .latency_cycles = 0};
    c.tile.rows = 64;
    c.tile.columns = 64;
    c.tile.input.encoding = OHM_INPUT_DAC;
    c.tile.input.sign = OHM_SIGN_BIPOLAR;
    c.tile.dac.bits = 15;
    c.tile.adc.columns_per_adc = 8;
    c.tile.timing = (ohm_tile_timing_config){.clock_hz = 1e9,
                                             .dac_settle_sec = 0,
                                             .read_sec = 10e-9,
                                             .adc_sec = 1e-9,
                                             .shift_add_sec = 1e-9,
                                             .pipelined = true};
    c.digital = (ohm_digital_config){.units = 1,
                                     .lanes = 64,
                                     .multipliers = 16,
                                     .rescalers = 16,
                                     .adders = 16,
                                     .clock_hz = 1e9,
                                     .pipeline_cycles = 2,
                                     .lookup_cycles = 1,
                                     .divide_cycles = 1,
                                     .sqrt_cycles = 1};
    c.buffers = (ohm_buffers_config){1e9, wide, wide, wide, wide};
    c.interconnect = (ohm_interconnect_config){.topology = OHM_TOPOLOGY_BUS,
                                               .clock_hz = 1e9,
                                               .link_bits = 8192,
                                               .hop_cycles = 1,
                                               .queue_packets = 4,
                                               .link_length_m = 1e-3};
    c.off_chip = (ohm_off_chip_config){.clock_hz = 1e9, .width_bits = 8192};
    c.pipeline = (ohm_pipeline_config){.layers = true, .sequences = 1, .slots = 64};
    return c;
}

static const random_graph_shape model = {.inputs = 1,
                                         .heads = 8,
                                         .modes = 2,
                                         .layers = 1,
                                         .classes = 8,
                                         .weight_bits = 8,
                                         .activation_bits = 8,
                                         .state_bits = 8,
                                         .glu = true};

/* A platform for runs of n sequences of equal length, timing only. */
typedef struct timing_bench {
    bench_chip chip;
    ohm_platform *platform;
    ohm_platform_result result;
} timing_bench;

static void start(timing_bench *t, const ohm_chip_config *c, const random_graph_shape *shape)
{
    ohm_err err;
    ohm_platform_options options = {.timing_only = true};
    memset(t, 0, sizeof *t);
    make_chip(&t->chip, random_graph_make(shape, 1), c, 1, 1, 1);
    OK(ohm_platform_alloc(t->chip.chip, &t->chip.costs, &options, &t->platform, &err));
}

static const ohm_platform_result *run(timing_bench *t, size_t n, size_t length)
{
    ohm_err err;
    size_t *lengths = malloc(n * sizeof *lengths);
    uint64_t *index = malloc(n * sizeof *index);
    for (size_t i = 0; i < n; i++) {
        lengths[i] = length;
        index[i] = i;
    }
    const ohm_sequence_batch batch = {n, NULL, lengths, index};
    OK(ohm_platform_run(t->platform, &batch, NULL, &t->result, &err));
    free(lengths);
    free(index);
    return &t->result;
}

static void stop(timing_bench *t)
{
    ohm_platform_free(t->platform);
    ohm_platform_result_free(&t->result);
    drop_chip(&t->chip);
}

static void expect_cycles(double sec, double cycles, const char *what)
{
    ck_assert_msg(fabs(sec / cycle - cycles) < 1e-3, "%s: %.6f cycles, not %g", what, sec / cycle,
                  cycles);
}

/* The shares of the critical path sum to the latencies. */
static void check_critical_path(const ohm_platform_result *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->critical_count; i++)
        sum += r->critical[i].sec;
    ck_assert_double_eq_tol(sum, r->token.mean_sec * (double)r->token.count, 1e-15 + 1e-9 * sum);
}

/* Latency of the first token alone, and the time by which a run of twice as many tokens is
 * longer. */
static void expect_latency_and_rate(const ohm_chip_config *c, const random_graph_shape *shape,
                                    double first, double interval, double tolerance)
{
    timing_bench t;
    start(&t, c, shape);
    size_t lanes = (size_t)c->pipeline.sequences;
    expect_cycles(run(&t, 1, 1)->token.mean_sec, first, "first token");
    check_critical_path(&t.result);
    double some = run(&t, 2 * lanes, 240)->duration_sec;
    double more = run(&t, 4 * lanes, 240)->duration_sec;
    double each = (more - some) / cycle / (double)(2 * lanes * 240);
    ck_assert_msg(fabs(each - interval) <= tolerance + 1e-6, "a token every %.4f cycles, not %g",
                  each, interval);
    check_critical_path(&t.result);
    stop(&t);
}

START_TEST(one_token_alone)
{
    ohm_chip_config c = round_chip();
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 1);
    expect_cycles(r->token.mean_sec, FIRST, "token");
    expect_cycles(r->sequence.mean_sec, FIRST + END, "sequence");
    expect_cycles(r->duration_sec, 1 + FIRST + END, "run"); /* the host's transfer before it */
    check_critical_path(r);
    stop(&t);
}
END_TEST

START_TEST(tokens_one_after_another)
{
    ohm_chip_config c = round_chip();
    c.pipeline.layers = false;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 50);
    expect_cycles(r->token.p50_sec, TOKEN, "token");
    expect_cycles(r->sequence.mean_sec, FIRST + 49 * TOKEN + END, "sequence");
    stop(&t);
}
END_TEST

/* Arrays of 10 cycles are the slowest stage. */
START_TEST(pipelined_layers_are_bound_by_arrays)
{
    ohm_chip_config c = round_chip();
    expect_latency_and_rate(&c, &model, FIRST, 10, 0);
}
END_TEST

/* 16 columns per converter: mix has 16, the encoder and the head 8. */
START_TEST(pipelined_layers_are_bound_by_converters)
{
    ohm_chip_config c = round_chip();
    c.tile.adc.columns_per_adc = 16;
    expect_latency_and_rate(&c, &model, FIRST + 8, 16, 0);
}
END_TEST

/* A pipeline of 30 instead of 2: the next token waits 2 + 30 for the state. */
START_TEST(one_sequence_is_bound_by_its_state)
{
    ohm_chip_config c = round_chip();
    c.digital.pipeline_cycles = 30;
    expect_latency_and_rate(&c, &model, FIRST + 7 * 28, 32, 0);
}
END_TEST

/* Sequences share that wait, until the arrays bind. Their steps now meet in the digital unit, which
 * costs up to a cycle. */
START_TEST(two_sequences_halve_the_wait_for_the_state)
{
    ohm_chip_config c = round_chip();
    c.digital.pipeline_cycles = 30;
    c.pipeline.sequences = 2;
    expect_latency_and_rate(&c, &model, FIRST + 7 * 28, 16.5, 0.5);
}
END_TEST

START_TEST(four_sequences_hide_it)
{
    ohm_chip_config c = round_chip();
    c.digital.pipeline_cycles = 30;
    c.pipeline.sequences = 4;
    expect_latency_and_rate(&c, &model, FIRST + 7 * 28, 10, 0);
}
END_TEST

/* With room for one token between stages, the encoder's result stands until the residual has taken
 * it: finish 3, recurrence 4, table 3, mix 26, gate 3, residual 3. */
START_TEST(a_single_slot_holds_the_residual)
{
    ohm_chip_config c = round_chip();
    c.pipeline.slots = 1;
    expect_latency_and_rate(&c, &model, FIRST, 3 + 4 + 3 + 26 + 3 + 3, 0);
}
END_TEST

/* One lane: encoder 8, recurrence 16 + 8, table 8, mix 16, gate 8, residual 8, pooling 8 cycles; of
 * which 8 are in the figures above already. Pooling and head add to every sequence, not token. */
START_TEST(a_single_lane_binds)
{
    ohm_chip_config c = round_chip();
    c.digital.lanes = 1;
    double busy = 8 + 24 + 8 + 16 + 8 + 8 + 8;
    expect_latency_and_rate(&c, &model, FIRST - 8 + busy, busy + (8 + 8) / 240.0, 0);
}
END_TEST

/* A host of one bit at 12.5 MHz: the 8 bits of a token take 640 cycles. */
START_TEST(the_host_binds)
{
    ohm_chip_config c = round_chip();
    c.off_chip.clock_hz = 12.5e6;
    c.off_chip.width_bits = 1;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 40);
    expect_cycles(r->token.max_sec, FIRST, "token");
    /* after the last transfer the token, its sequence's end up to the store (host 1 not counted),
       then 8 logits of 32 bits at 80 cycles each from the next edge of the interface */
    double stored = 40 * 640 + FIRST + END - 1;
    expect_cycles(r->duration_sec, ceil(stored / 80) * 80 + 8 * 32 * 80, "run");
    stop(&t);
}
END_TEST

/* The same host, a sequence of one token and one of 100: the logits of the first do not wait for
 * all that is still to come in, they go as soon as the interface has passed the token it is busy
 * with. */
START_TEST(logits_leave_between_tokens)
{
    ohm_err err;
    ohm_chip_config c = round_chip();
    c.off_chip.clock_hz = 12.5e6;
    c.off_chip.width_bits = 1;
    timing_bench t;
    start(&t, &c, &model);
    const size_t lengths[] = {1, 100};
    const uint64_t index[] = {0, 1};
    const ohm_sequence_batch batch = {2, NULL, lengths, index};
    OK(ohm_platform_run(t.platform, &batch, NULL, &t.result, &err));
    const double token = 640, logits = 8 * 32 * 80;
    /* stored at 640 + 101, the second token is through at 1280 */
    const double first_out = 2 * token + logits;
    const double last_in = first_out + 99 * token;
    const double second_out = ceil((last_in + FIRST + END - 1) / 80) * 80 + logits;
    const double first = first_out - token, second = second_out - 2 * token;
    expect_cycles(t.result.duration_sec, second_out, "run");
    expect_cycles(t.result.sequence.max_sec, second, "second sequence");
    expect_cycles(t.result.sequence.mean_sec, (first + second) / 2, "both");
    stop(&t);
}
END_TEST

/* A sensor gives a token every 200 cycles: the chip is idle between. */
START_TEST(a_sensor_sets_the_pace)
{
    ohm_chip_config c = round_chip();
    c.pipeline.token_interval_sec = 200e-9;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 30);
    expect_cycles(r->token.mean_sec, FIRST, "token");
    expect_cycles(r->duration_sec, 1 + 29 * 200 + FIRST + END, "run");
    for (size_t i = 0; i < r->unit_count; i++)
        if (r->units[i].kind == OHM_UNIT_KIND_DIGITAL) /* 8 cycles a token; pooling and head */
            expect_cycles(r->units[i].busy_sec, 30 * 8 + 2, "digital");
    stop(&t);
}
END_TEST

/* On crossbars: B, update, C, output instead of the recurrence. A runs beside the encoder; the two
 * ask for the bus at once, there and back, which costs the encoder a cycle each. */
START_TEST(a_crossbar_recurrence_alone)
{
    ohm_chip_config c = round_chip();
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    timing_bench t;
    start(&t, &c, &model);
    double least = FIRST - RECURRENCE + 2 * (PRODUCT + STEP);
    const ohm_platform_result *r = run(&t, 1, 1);
    ck_assert_double_ge(r->token.mean_sec / cycle, least - 1e-3);
    ck_assert_double_le(r->token.mean_sec / cycle, least + 2 + 1e-3);
    ck_assert_uint_eq(r->mvms, 6);
    check_critical_path(r);
    stop(&t);
}
END_TEST

/* Token by token the state goes through A and the update: 23 + 3, and a cycle or two more where
 * messages of other stages have the bus. */
START_TEST(a_crossbar_recurrence_is_bound_by_its_loop)
{
    ohm_chip_config c = round_chip();
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    timing_bench t;
    start(&t, &c, &model);
    double some = run(&t, 2, 240)->duration_sec, more = run(&t, 4, 240)->duration_sec;
    double each = (more - some) / cycle / 480;
    ck_assert_msg(each >= PRODUCT + STEP && each <= PRODUCT + STEP + 2, "%g cycles", each);
    stop(&t);
}
END_TEST

/* Four sequences hide it behind the arrays. */
START_TEST(interleaving_hides_the_crossbar_loop)
{
    ohm_chip_config c = round_chip();
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    c.pipeline.sequences = 4;
    timing_bench t;
    start(&t, &c, &model);
    double some = run(&t, 8, 240)->duration_sec, more = run(&t, 16, 240)->duration_sec;
    double each = (more - some) / cycle / (8 * 240);
    /* ten messages a token on the bus, and arrays of ten */
    ck_assert_msg(each >= 10 && each <= 12, "%g cycles", each);
    stop(&t);
}
END_TEST

/* 8 bits one by one: 8 reads of 10, the last conversion and sum behind them. */
START_TEST(bit_serial_inputs_take_eight_phases)
{
    ohm_chip_config c = round_chip();
    c.tile.input.encoding = OHM_INPUT_BIT_SERIAL;
    c.tile.input.sign = OHM_SIGN_TWOS_COMPLEMENT;
    c.tile.dac.bits = 1;
    expect_latency_and_rate(&c, &model, FIRST + 2 * 70, 80, 0);
}
END_TEST

/* Two layers on two units: the second unit gets its input by one message more (1 cycle). */
START_TEST(a_second_layer_on_its_own_unit)
{
    ohm_chip_config c = round_chip();
    random_graph_shape two = model;
    double layer = RECURRENCE + STEP + PRODUCT + STEP + STEP + STEP;
    c.digital.units = 2;
    two.layers = 2;
    expect_latency_and_rate(&c, &two, FIRST + 1 + layer, 10, 0);
}
END_TEST

/* A mesh of 2 x 3 (port 0, unit 1, tiles 2, 3, 4), 2 cycles per hop: encoder 0 -> 2 one step, 2 ->
 * 1 two, mix 1 -> 3 and 3 -> 1 one each. A message of d steps takes 2 (d + 2). */
START_TEST(a_mesh_by_hand)
{
    ohm_chip_config c = round_chip();
    c.interconnect.topology = OHM_TOPOLOGY_MESH;
    c.interconnect.hop_cycles = 2;
    c.interconnect.columns = 2;
    double messages = 2 * 3 + 2 * 4 + 2 * 3 + 2 * 3;
    expect_latency_and_rate(&c, &model, FIRST - 4 + messages, 10, 0);
}
END_TEST

/* Tiles of 4 rows: the mix's 8 inputs make two row blocks side by side. Their messages take turns
 * on the bus (a cycle there; back they come a cycle apart), their sums one pass of the adders. */
START_TEST(row_blocks_work_side_by_side)
{
    ohm_chip_config c = round_chip();
    c.tile.rows = 4;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 1);
    expect_cycles(r->token.mean_sec, FIRST + 1, "token");
    ck_assert_uint_eq(r->tile_mvms, 1 + 2 + 2);
    ck_assert_uint_eq(r->mvms, 3);
    check_critical_path(r);
    stop(&t);
}
END_TEST

/* One tile for two blocks (strategy area): the second waits for the first one's last sample. */
START_TEST(blocks_on_one_tile_take_turns)
{
    ohm_chip_config c = round_chip();
    c.tile.rows = 16;
    c.placement.strategy = OHM_STRATEGY_AREA;
    timing_bench t;
    start(&t, &c, &model);
    ck_assert_uint_eq(t.chip.plan->tile_count, 2); /* encoder 1, mix 8, head 8 of 16 rows */
    expect_cycles(run(&t, 1, 1)->token.mean_sec, FIRST, "token");
    double some = run(&t, 2, 240)->duration_sec, more = run(&t, 4, 240)->duration_sec;
    double each = (more - some) / cycle / 480;
    ck_assert_msg(fabs(each - 20) < 0.2, "%g cycles", each); /* encoder and mix share one */
    stop(&t);
}
END_TEST

/* Arrays of 30 cycles bind: a token every 30. Two replicas of encoder and mix take four sequences
 * in turn, a token every 15; with four, the digital unit's 8 steps of one cycle bind, and its 2 for
 * the end of a sequence show a little. A token alone takes 20 cycles longer in encoder and mix. */
START_TEST(replicas_share_sequences)
{
    ohm_chip_config c = round_chip();
    c.tile.timing.read_sec = 30e-9;
    c.pipeline.sequences = 4;
    c.placement.replicas = 1 << _i;
    expect_latency_and_rate(&c, &model, FIRST + 2 * 20, fmax(30 >> _i, 8), _i == 2 ? 2.0 / 240 : 0);
}
END_TEST

/* A single sequence is pinned to one replica and gains nothing. */
START_TEST(a_sequence_is_pinned_to_its_replica)
{
    ohm_chip_config c = round_chip();
    c.tile.timing.read_sec = 30e-9;
    c.placement.replicas = 4;
    timing_bench t;
    start(&t, &c, &model);
    double some = run(&t, 1, 240)->duration_sec, more = run(&t, 1, 480)->duration_sec;
    expect_cycles(more - some, 240 * 30, "240 tokens");
    stop(&t);
}
END_TEST

/* Replicas cost tiles; matrices that are not the bottleneck have none: the head works once per
 * sequence. */
START_TEST(replicas_are_on_separate_tiles)
{
    ohm_chip_config c = round_chip();
    c.placement.replicas = 3;
    c.placement.strategy = (int)(_i % 3);
    c.tile.rows = 16;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_plan *plan = t.chip.plan;
    ck_assert_uint_eq(plan->placement_count, 3 + 3 + 1);
    ck_assert_uint_eq(plan->matrices[2].replicas, 1);
    for (size_t i = 0; i < plan->placement_count; i++)
        for (size_t k = 0; k < i; k++)
            if (plan->placements[i].matrix == plan->placements[k].matrix)
                ck_assert_uint_ne(plan->placements[i].tile, plan->placements[k].tile);
    stop(&t);
}
END_TEST

/* The residual receives the result of the encoder at once, that of the gate after recurrence,
 * table, mix and gate. */
START_TEST(the_residual_waits_for_its_other_operand)
{
    ohm_chip_config c = round_chip();
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 1, 1);
    for (size_t i = 0; i < r->unit_count; i++)
        if (r->units[i].kind == OHM_UNIT_KIND_DIGITAL)
            expect_cycles(r->units[i].stall_sec[OHM_STALL_INPUT],
                          RECURRENCE + STEP + PRODUCT + STEP + STEP, "input");
    stop(&t);
}
END_TEST

/* Tokens of 70 cycles (the first) and less pass a timeout of 71, and not one of 69. */
START_TEST(a_timeout_reports_the_wait_for_graph)
{
    ohm_chip_config c = round_chip();
    c.pipeline.layers = false;
    c.pipeline.token_timeout_sec = _i == 0 ? 71e-9 : 69e-9;
    timing_bench t;
    start(&t, &c, &model);
    size_t length = 50;
    uint64_t index = 0;
    ohm_err err;
    const ohm_sequence_batch batch = {1, NULL, &length, &index};
    ohm_status status = ohm_platform_run(t.platform, &batch, NULL, &t.result, &err);
    ck_assert_int_eq(status, _i == 0 ? OHM_OK : OHM_ECONFIG);
    if (_i == 1) {
        ck_assert_msg(strstr(err.message, "token 0 of sequence 0 has waited") != NULL, "%s",
                      err.message);
        ck_assert_msg(strstr(err.message, "waits for") != NULL, "%s", err.message);
    }
    stop(&t);
}
END_TEST

/* Cycles in which lanes take items: per token encoder, table, mix, gate, residual and pooling one
 * each, the recurrence two; at the end pooling and head. Nothing of it depends on the depth of the
 * pipeline, though tokens overlap in it. */
START_TEST(the_clock_counts_cycles_with_items)
{
    ohm_chip_config c = round_chip();
    c.digital.pipeline_cycles = _i;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 3, 5);
    uint64_t cycles = 0;
    double joule = 0;
    for (size_t i = 0; i < r->ledger.energy_count; i++)
        if (strcmp(r->ledger.energy[i].component, "clock_tree") == 0 &&
            strcmp(r->ledger.energy[i].action, "cycle") == 0) {
            cycles += r->ledger.energy[i].count;
            joule += r->ledger.energy[i].energy_joule;
        }
    ck_assert_uint_eq(cycles, 3 * (5 * 8 + 2));
    ck_assert_double_eq_tol(
        joule, (double)cycles * ohm_chip_costs_energy(&t.chip.costs, OHM_PART_CLOCK_TREE, "cycle"),
        1e-12 * joule);
    stop(&t);
}
END_TEST

static double refresh_stall(const ohm_platform_result *r, const char *tile)
{
    for (size_t i = 0; i < r->unit_count; i++)
        if (strcmp(r->units[i].name, tile) == 0) return r->units[i].stall_sec[OHM_STALL_REFRESH];
    ck_abort_msg("no %s", tile);
    return NAN;
}

static double bill_of(const ohm_platform_result *r, const char *action)
{
    double booked = 0;
    for (size_t i = 0; i < r->ledger.energy_count; i++)
        if (strcmp(r->ledger.energy[i].action, action) == 0)
            booked += r->ledger.energy[i].energy_joule;
    return booked;
}

/* Three products calibrate a tile: 2 x 10 for their starts, 10 + 8 + 1 for the last. That begins
 * when the previous sequence has left; the first product of the next would start 3 cycles later
 * (memory, bus, load) and waits for the other 36. */
START_TEST(a_calibration_takes_its_products)
{
    ohm_chip_config c = round_chip();
    c.tile.compensation = OHM_COMPENSATION_TILE;
    c.tile.compensation_vectors = 3;
    c.maintenance.recalibrate_sequences = 1;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 3, 1);
    expect_cycles(r->duration_sec, 1 + FIRST + END + 2 * (TOKEN + 36 + END), "run");
    expect_cycles(r->token.max_sec, TOKEN + 36, "token");
    expect_cycles(refresh_stall(r, "tile0"), 2 * 36, "stall");
    ck_assert_uint_eq(r->calibrations, 2);
    ck_assert_uint_eq(r->refreshes, 0);
    check_critical_path(r);
    stop(&t);
}
END_TEST

/* A pulse of 10 cycles and 3 pJ per device, one after the other in a tile: mix has 8 x 16 pairs,
 * 2560 cycles, the encoder 8 pairs, the head 64. Of three sequences the last waits for
 * that, less the 3 cycles to its first product; also with four in flight, because the chip empties
 * first. */
START_TEST(a_refresh_empties_the_chip)
{
    ohm_chip_config c = round_chip();
    set_chip(&c, "device.model", "pcm_joshi2020");
    c.device.write_cost.pulse_time_sec = 10e-9;
    c.device.write_cost.pulse_energy_joule = 3e-12;
    c.maintenance.refresh_sequences = 2;
    c.pipeline.sequences = 1 + 3 * _i;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 3, 1);
    ck_assert_uint_eq(r->refreshes, 1);
    ck_assert_uint_eq(r->calibrations, 0);
    expect_cycles(refresh_stall(r, "tile0"), 2560 - 3, "stall");
    expect_cycles(r->token.max_sec, TOKEN + 2560 - 3, "token");
    ck_assert_double_eq_tol(bill_of(r, "refresh"), 2 * (8 + 128 + 64) * 3e-12, 1e-15);
    stop(&t);
}
END_TEST

/* The same refresh by device time, once a day, on a chip that is measured an hour after
 * programming. Eight hours from sequence to sequence: the fourth begins at hour 25, the seventh at
 * hour 49; the fourth to sixth enter the empty chip together, and their products start 10 cycles
 * apart. Three days: the second begins at hour 73 and three are due, one after another. A sequence
 * of one token waits for them less the 3 cycles to its first product. It does not depend on
 * simulated time: the whole run takes some microseconds. */
START_TEST(a_refresh_may_be_due_by_device_time)
{
    ohm_chip_config c = round_chip();
    set_chip(&c, "device.model", "pcm_joshi2020");
    set_chip(&c, "maintenance.refresh_interval", "1 day");
    set_chip(&c, "maintenance.sequence_interval", _i == 0 ? "8 h" : "3 day");
    c.device.write_cost.pulse_time_sec = 10e-9;
    c.device.write_cost.pulse_energy_joule = 3e-12;
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, _i == 0 ? 7 : 2, 1);
    const double times = _i == 0 ? 2 : 3, waits = _i == 0 ? 2 : 1;
    ck_assert_uint_eq(r->refreshes, (uint64_t)times);
    ck_assert_uint_eq(r->calibrations, 0);
    expect_cycles(refresh_stall(r, "tile0"), times * 2560 - waits * 3, "stall");
    expect_cycles(r->token.max_sec, TOKEN + 2560 * times / waits - 3 + (_i == 0 ? 2 * 10 : 0),
                  "token");
    if (_i == 1)
        expect_cycles(r->duration_sec, 1 + FIRST + END + TOKEN + 3 * 2560 - 3 + END, "run");
    ck_assert_double_eq_tol(bill_of(r, "refresh"), times * 2 * (8 + 128 + 64) * 3e-12, 1e-15);
    check_critical_path(r);
    stop(&t);
}
END_TEST

/* A calibration of 39 cycles, of which 36 are waited for, every half an hour of device time, an
 * hour from sequence to sequence: two before each of the second and third. */
START_TEST(a_calibration_may_be_due_by_device_time)
{
    ohm_chip_config c = round_chip();
    c.tile.compensation = OHM_COMPENSATION_TILE;
    c.tile.compensation_vectors = 3;
    set_chip(&c, "maintenance.recalibrate_interval", "30 min");
    set_chip(&c, "maintenance.sequence_interval", "1 h");
    timing_bench t;
    start(&t, &c, &model);
    const ohm_platform_result *r = run(&t, 3, 1);
    ck_assert_uint_eq(r->calibrations, 4);
    expect_cycles(r->duration_sec, 1 + FIRST + END + 2 * (TOKEN + 36 + 39 + END), "run");
    stop(&t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform timing");
    TCase *t = tcase_create("closed forms");
    tcase_add_test(t, one_token_alone);
    tcase_add_test(t, tokens_one_after_another);
    tcase_add_test(t, pipelined_layers_are_bound_by_arrays);
    tcase_add_test(t, pipelined_layers_are_bound_by_converters);
    tcase_add_test(t, one_sequence_is_bound_by_its_state);
    tcase_add_test(t, two_sequences_halve_the_wait_for_the_state);
    tcase_add_test(t, four_sequences_hide_it);
    tcase_add_test(t, a_single_slot_holds_the_residual);
    tcase_add_test(t, a_single_lane_binds);
    tcase_add_test(t, the_host_binds);
    tcase_add_test(t, logits_leave_between_tokens);
    tcase_add_test(t, a_sensor_sets_the_pace);
    tcase_add_test(t, a_crossbar_recurrence_alone);
    tcase_add_test(t, a_crossbar_recurrence_is_bound_by_its_loop);
    tcase_add_test(t, interleaving_hides_the_crossbar_loop);
    tcase_add_test(t, bit_serial_inputs_take_eight_phases);
    tcase_add_test(t, a_second_layer_on_its_own_unit);
    tcase_add_test(t, a_mesh_by_hand);
    tcase_add_test(t, row_blocks_work_side_by_side);
    tcase_add_test(t, blocks_on_one_tile_take_turns);
    tcase_add_loop_test(t, replicas_share_sequences, 0, 3);
    tcase_add_test(t, a_sequence_is_pinned_to_its_replica);
    tcase_add_loop_test(t, replicas_are_on_separate_tiles, 0, 3);
    tcase_add_test(t, the_residual_waits_for_its_other_operand);
    tcase_add_loop_test(t, a_timeout_reports_the_wait_for_graph, 0, 2);
    tcase_add_test(t, a_calibration_takes_its_products);
    tcase_add_loop_test(t, a_refresh_empties_the_chip, 0, 2);
    tcase_add_loop_test(t, a_refresh_may_be_due_by_device_time, 0, 2);
    tcase_add_test(t, a_calibration_may_be_due_by_device_time);
    tcase_add_loop_test(t, the_clock_counts_cycles_with_items, 0, 1);
    tcase_add_loop_test(t, the_clock_counts_cycles_with_items, 30, 31);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
