/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every unit finishes in exactly the cycle that docs/tiles derives: it is not finished one cycle
 * earlier. Check forks for every test, so each has its own kernel. */
#include "core/rng.h"
#include "tiles/sc/bus.h"
#include "tiles/sc/digital_unit.h"
#include "tiles/sc/mesh.h"
#include "tiles/sc/tile.h"

#include <check.h>
#include <vector>

using namespace ohm;

namespace
{

constexpr Ticks ns = 1000000;

/* Records when each thing happened. */
struct Recorder : DigitalClient, TileClient, NetworkClient {
    std::vector<Ticks> digital, tile, message, freed;
    Tile *releases = nullptr; /* frees results at once, if set */

    void digital_finished(DigitalJob &) override { digital.push_back(now()); }
    void tile_finished(TileJob &job) override
    {
        tile.push_back(now());
        if (releases) releases->release_output(job);
    }
    void tile_input_freed(Tile &) override { freed.push_back(now()); }
    void message_arrived(Message &) override { message.push_back(now()); }
};

/* Up to cycle n (of 1 ns): what happens in it has not happened yet. */
void run_to(Ticks cycle)
{
    sc_core::sc_start(to_time(cycle * ns - now()));
}

/* Happens at cycle n and not earlier. */
void expect_at(const std::vector<Ticks> &happened, std::size_t count, Ticks cycle)
{
    run_to(cycle);
    ck_assert_uint_eq(happened.size(), count - 1);
    sc_core::sc_start(to_time(1));
    ck_assert_uint_eq(happened.size(), count);
    ck_assert_uint_eq(happened.back(), cycle * ns);
}

ohm_buffers_config small_buffers()
{
    ohm_buffers_config b = {};
    b.clock_hz = 1e9;
    b.tile_input = {1, 1, 64, 4, 1};  /* 256 bits */
    b.tile_output = {1, 1, 64, 4, 1}; /* 256 bits */
    b.local = {2, 1, 64, 64, 1};
    b.global = {1, 1, 64, 64, 1};
    return b;
}

TileTiming timing(Ticks read, Ticks convert, unsigned phases)
{
    TileTiming t;
    t.load = 3 * ns;
    t.read = read * ns;
    t.convert = convert * ns;
    t.shift_add = 2 * ns;
    t.store = 1 * ns;
    t.phases = phases;
    t.input_bits = 128;
    t.output_bits = 128;
    return t;
}

struct TileBench {
    Recorder seen;
    Tile tile;
    std::vector<TileJob> jobs;

    TileBench() : tile("tile", 0, 1e9, small_buffers(), nullptr), jobs(8)
    {
        tile.client(seen);
        seen.releases = &tile;
    }
    void submit(std::size_t i, const TileTiming &t)
    {
        jobs[i].timing = &t;
        ck_assert(tile.reserve_input(t.input_bits));
        tile.submit(jobs[i]);
    }
};

} // namespace

/* --- tile --- */

START_TEST(a_product_bound_by_its_arrays)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(7, 5, 4);
    b.submit(0, t);
    /* 3 + 7 + 3 x 7 + 5 + 2 + 1 */
    expect_at(b.seen.tile, 1, 39);
    ck_assert_uint_eq(b.tile.arrays().meter().busy(), 28 * ns);
    ck_assert_uint_eq(b.tile.converters().meter().busy(), 20 * ns);
    ck_assert_uint_eq(b.tile.arrays().meter().stalled(OHM_STALL_CONVERTER), 0);
}
END_TEST

START_TEST(a_product_bound_by_its_converters)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(4, 9, 3);
    b.submit(0, t);
    /* 3 + 4 + 2 x 9 + 9 + 2 + 1 */
    expect_at(b.seen.tile, 1, 37);
    ck_assert_uint_eq(b.tile.arrays().meter().stalled(OHM_STALL_CONVERTER), 2 * 5 * ns);
}
END_TEST

START_TEST(products_follow_at_the_interval)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(4, 9, 3);
    b.submit(0, t);
    b.submit(1, t);
    expect_at(b.seen.tile, 1, 37);
    expect_at(b.seen.tile, 2, 37 + 3 * 9);
}
END_TEST

START_TEST(array_bound_products_follow_without_a_gap)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(7, 5, 4);
    b.submit(0, t);
    b.submit(1, t);
    expect_at(b.seen.tile, 1, 39);
    expect_at(b.seen.tile, 2, 39 + 4 * 7);
}
END_TEST

START_TEST(collected_charge_is_converted_once)
{
    set_time_resolution();
    TileBench b;
    TileTiming t = timing(4, 9, 5);
    t.converts_every_phase = false;
    b.submit(0, t);
    b.submit(1, t);
    expect_at(b.seen.tile, 1, 3 + 5 * 4 + 9 + 2 + 1);
    expect_at(b.seen.tile, 2, 3 + 5 * 4 + 9 + 2 + 1 + 5 * 4);
}
END_TEST

START_TEST(without_overlap_everything_adds)
{
    set_time_resolution();
    TileBench b;
    TileTiming t = timing(4, 9, 3);
    t.overlaps = false;
    b.submit(0, t);
    b.submit(1, t);
    const Ticks alone = 3 * (4 + 9 + 2) + 1;
    expect_at(b.seen.tile, 1, 3 + alone);
    expect_at(b.seen.tile, 2, 3 + 2 * alone); /* its registers were loaded meanwhile */
}
END_TEST

START_TEST(a_single_phase_is_read_convert_sum)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(100, 30, 1);
    b.submit(0, t);
    expect_at(b.seen.tile, 1, 3 + 100 + 30 + 2 + 1);
    ck_assert_uint_eq(b.seen.freed.size(), 1);
    ck_assert_uint_eq(b.seen.freed[0], 103 * ns); /* the input is freed when sampled */
}
END_TEST

START_TEST(a_full_output_buffer_stops_the_tile)
{
    set_time_resolution();
    TileBench b;
    b.seen.releases = nullptr;
    TileTiming t = timing(7, 5, 4);
    t.output_bits = 200; /* one result fits */
    b.submit(0, t);
    b.submit(1, t);
    expect_at(b.seen.tile, 1, 39);
    run_to(100);
    ck_assert_uint_eq(b.seen.tile.size(), 1);
    ck_assert(b.tile.waits_for_output());
    b.tile.release_output(b.jobs[0]);
    expect_at(b.seen.tile, 2, 100 + 36); /* its registers are loaded */
    /* ready since the first was sampled for the last time: 3 + 4 x 7 */
    ck_assert_uint_eq(b.tile.arrays().meter().stalled(OHM_STALL_OUTPUT), (100 - 31) * ns);
}
END_TEST

START_TEST(input_room_is_counted_in_bits)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(7, 5, 4);
    b.submit(0, t);
    b.submit(1, t);
    ck_assert(!b.tile.reserve_input(1)); /* 2 x 128 of 256 */
    run_to(31);
    ck_assert(!b.tile.reserve_input(1));
    sc_core::sc_start(to_time(1));
    ck_assert(b.tile.reserve_input(128)); /* the first is sampled: 3 + 4 x 7 */
    ck_assert(!b.tile.reserve_input(1));
}
END_TEST

START_TEST(starts_fall_on_clock_edges)
{
    set_time_resolution();
    Recorder seen;
    Tile tile("tile", 0, 100e6, small_buffers(), nullptr); /* 10 ns */
    tile.client(seen);
    TileTiming t = timing(10, 10, 1);
    TileJob job;
    job.timing = &t;
    ck_assert(tile.reserve_input(t.input_bits));
    tile.submit(job);
    /* loaded at 3, edge at 10 */
    expect_at(seen.tile, 1, 10 + 10 + 10 + 2 + 1);
}
END_TEST

START_TEST(a_refresh_holds_products_back)
{
    set_time_resolution();
    TileBench b;
    const TileTiming t = timing(7, 5, 4);
    b.tile.maintain(50 * ns);
    b.submit(0, t);
    expect_at(b.seen.tile, 1, 50 + 36);
    ck_assert_uint_eq(b.tile.arrays().meter().stalled(OHM_STALL_REFRESH), 47 * ns);
}
END_TEST

/* --- digital unit --- */

namespace
{

struct DigitalBench {
    Recorder seen;
    ohm_digital_config config = {1, 4, 2, 1, 1, 1e9, 3, 1, 10, 20};
    DigitalUnit unit;
    DigitalCost costs[4];
    DigitalJob jobs[4];

    DigitalBench() : unit("unit", config, small_buffers(), nullptr) { unit.client(seen); }
    void submit(int i, std::uint64_t busy, std::uint64_t bits, Ticks ready = 0)
    {
        ohm_digital_work work = {};
        work.busy_cycles = busy;
        work.read_bits = bits;
        costs[i] = unit.cost_of(work, "work");
        jobs[i].cost = &costs[i];
        unit.submit(jobs[i], ready);
    }
};

} // namespace

START_TEST(an_operation_takes_its_passes_and_the_pipeline)
{
    set_time_resolution();
    DigitalBench b;
    b.submit(0, 5, 64);
    expect_at(b.seen.digital, 1, 5 + 3 + 1); /* pipeline 3, memory latency 1 */
}
END_TEST

START_TEST(operations_enter_one_behind_the_other)
{
    set_time_resolution();
    DigitalBench b;
    b.submit(0, 5, 0);
    b.submit(1, 7, 0);
    b.submit(2, 1, 0);
    expect_at(b.seen.digital, 1, 5 + 4);
    expect_at(b.seen.digital, 2, 5 + 7 + 4); /* the pipeline is hidden */
    expect_at(b.seen.digital, 3, 5 + 7 + 1 + 4);
    ck_assert_uint_eq(b.unit.meter().busy(), 13 * ns);
}
END_TEST

START_TEST(memory_binds_when_it_is_slower)
{
    set_time_resolution();
    DigitalBench b;
    b.submit(0, 5, 64 * 23); /* 23 words, 2 a cycle: 12 cycles */
    expect_at(b.seen.digital, 1, 12 + 4);
    ck_assert_uint_eq(b.unit.meter().stalled(OHM_STALL_MEMORY), 7 * ns);
}
END_TEST

START_TEST(an_operation_may_be_ready_later)
{
    set_time_resolution();
    DigitalBench b;
    b.submit(0, 5, 0, 20 * ns + 1);
    expect_at(b.seen.digital, 1, 21 + 5 + 4);
}
END_TEST

/* --- interconnect --- */

namespace
{

ohm_interconnect_config net_config(ohm_topology topology)
{
    ohm_interconnect_config c = {};
    c.topology = topology;
    c.clock_hz = 1e9;
    c.link_bits = 32;
    c.header_bits = 32;
    c.hop_cycles = 3;
    c.queue_packets = 1;
    c.arbitration_cycles = 2;
    return c;
}

void send(Network &net, Message &m, std::size_t from, std::size_t to, std::uint64_t bits,
          Ticks at = 0)
{
    m.from = from;
    m.to = to;
    m.bits = bits;
    net.send(m, at);
}

} // namespace

START_TEST(a_bus_takes_one_message_at_a_time)
{
    set_time_resolution();
    Recorder seen;
    Bus bus("bus", net_config(OHM_TOPOLOGY_BUS), nullptr);
    bus.client(seen);
    Message m[2];
    send(bus, m[0], 0, 1, 128); /* 5 flits */
    send(bus, m[1], 2, 3, 32);  /* 2 flits */
    expect_at(seen.message, 1, 2 + 5);
    expect_at(seen.message, 2, 7 + 2 + 2);
}
END_TEST

START_TEST(a_message_crosses_an_empty_mesh)
{
    set_time_resolution();
    Recorder seen;
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), {4, 3}, 12, nullptr);
    mesh.client(seen);
    Message m;
    send(mesh, m, 9, 3, 128);
    expect_at(seen.message, 1, 6 * 3 + 4); /* 4 steps, 2 ends; 5 flits */
    ck_assert_uint_eq(mesh.flit_steps(), 4 * 5);
}
END_TEST

/* One column or one row: 3 steps either way, 2 ends. */
START_TEST(a_mesh_may_be_a_line)
{
    set_time_resolution();
    Recorder seen;
    const ohm_mesh shape = _i == 0 ? ohm_mesh{1, 5} : ohm_mesh{5, 1};
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), shape, 5, nullptr);
    mesh.client(seen);
    Message there, back;
    send(mesh, there, 1, 4, 128);
    expect_at(seen.message, 1, 5 * 3 + 4);
    send(mesh, back, 4, 1, 128, 100 * ns);
    run_to(100);
    expect_at(seen.message, 2, 100 + 5 * 3 + 4);
}
END_TEST

START_TEST(two_messages_share_a_link)
{
    set_time_resolution();
    Recorder seen;
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), {4, 1}, 4, nullptr);
    mesh.client(seen);
    Message m[2];
    send(mesh, m[0], 1, 3, 32 * 9); /* 10 flits: 4 links x 3 + 9 */
    send(mesh, m[1], 2, 3, 32 * 4); /* 5 flits; both need the link 2 -> 3 */
    /* The second is at router 2 at 3 and takes the link 3..8. The first is there at 6, waits until
     * 8, lands at 11 and is ejected behind the second, which takes ejection 6..11: 11 + 3 + 9. */
    expect_at(seen.message, 1, 6 + 3 + 4);
    expect_at(seen.message, 2, 11 + 3 + 9);
}
END_TEST

START_TEST(results_meet_at_the_ejection_link)
{
    set_time_resolution();
    Recorder seen;
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), {3, 1}, 3, nullptr);
    mesh.client(seen);
    Message m[2];
    send(mesh, m[0], 0, 1, 32 * 9); /* 10 flits from both sides, 3 links */
    send(mesh, m[1], 2, 1, 32 * 9);
    expect_at(seen.message, 1, 3 * 3 + 9);
    expect_at(seen.message, 2, 3 * 3 + 9 + 10);
}
END_TEST

START_TEST(a_full_router_stops_the_link_before_it)
{
    set_time_resolution();
    Recorder seen;
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), {3, 1}, 3, nullptr);
    mesh.client(seen);
    Message blocker, m[2];
    /* 41 flits from 1 to 2 hold the link 1 -> 2 from 3 to 44. */
    send(mesh, blocker, 1, 2, 32 * 40);
    /* Two messages of 2 flits from 0 to 2. The first waits in router 1 (its one place) from 6 to
     * 44; the second has the link 0 -> 1 to itself but no place behind it until 44. */
    send(mesh, m[0], 0, 2, 32);
    send(mesh, m[1], 0, 2, 32);
    expect_at(seen.message, 1, 3 * 3 + 40);
    /* ejection is the blocker's from 6 to 47; the first is there at 47: 47 + 3 + 1 */
    expect_at(seen.message, 2, 44 + 3 + 3 + 1);
    /* the second starts on 0 -> 1 at 44, is at router 1 at 47, at router 2 at 50, out at 54 */
    expect_at(seen.message, 3, 44 + 3 + 3 + 3 + 1);
}
END_TEST

START_TEST(a_mesh_under_load_loses_nothing)
{
    set_time_resolution();
    Recorder seen;
    Mesh mesh("mesh", net_config(OHM_TOPOLOGY_MESH), {4, 4}, 16, nullptr);
    mesh.client(seen);
    std::vector<Message> m(16 * 15 * 4);
    std::size_t k = 0;
    std::uint64_t steps = 0;
    const ohm_mesh shape = {4, 4};
    for (int round = 0; round < 4; ++round)
        for (std::size_t from = 0; from < 16; ++from)
            for (std::size_t to = 0; to < 16; ++to)
                if (from != to) {
                    send(mesh, m[k], from, to, 32 * (1 + k % 7));
                    steps += ohm_mesh_distance(&shape, from, to) * m[k].flits;
                    ++k;
                }
    sc_core::sc_start();
    ck_assert_uint_eq(seen.message.size(), k);
    ck_assert_uint_eq(mesh.flit_steps(), steps);
    for (const Message &one : m) {
        const Ticks least = (ohm_mesh_distance(&shape, one.from, one.to) + 2) * 3 + one.flits - 1;
        ck_assert_uint_ge(one.arrived - one.sent, least * ns);
    }
}
END_TEST

namespace
{

/* Sends the same traffic into two networks at the same instants. */
class Sender : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Sender);
    Sender(sc_core::sc_module_name name, Network &one, Network &other, std::vector<Message> &a,
           std::vector<Message> &b, const std::vector<Ticks> &at)
        : sc_module(name), one_(one), other_(other), a_(a), b_(b), at_(at)
    {
        SC_METHOD(send_next);
    }

  private:
    void send_next()
    {
        for (; next_ < at_.size() && at_[next_] <= now(); ++next_) {
            one_.send(a_[next_], now());
            other_.send(b_[next_], now());
        }
        if (next_ < at_.size()) next_trigger(to_time(at_[next_] - now()));
    }

    Network &one_, &other_;
    std::vector<Message> &a_, &b_;
    const std::vector<Ticks> &at_;
    std::size_t next_ = 0;
};

struct NullTracer : Tracer {
    std::size_t track(const std::string &, const std::string &) override { return 0; }
    void span(std::size_t, const char *, std::uint64_t, Ticks, Ticks) override {}
};

} // namespace

/* Reserving a free path at once changes no time under any traffic: compared with a traced mesh,
 * which reserves none. */
START_TEST(a_reserved_path_changes_no_arrival)
{
    set_time_resolution();
    Recorder seen;
    NullTracer tracer;
    ohm_interconnect_config c = net_config(OHM_TOPOLOGY_MESH);
    c.hop_cycles = 1 + _i % 3;
    c.queue_packets = 1 + _i % 2;
    Mesh reserving("reserving", c, {4, 3}, 11, nullptr);
    reserving.client(seen);
    Mesh step_by_step("step_by_step", c, {4, 3}, 11, &tracer);
    step_by_step.client(seen);
    const std::size_t n = 3000;
    const Ticks spread = Ticks(1) << (2 + _i % 8); /* from jammed to nearly empty */
    std::vector<Message> a(n), b(n);
    std::vector<Ticks> at(n);
    const ohm_stream dice = ohm_stream_make(static_cast<std::uint64_t>(_i), OHM_PURPOSE_TEST, 0, 0);
    Ticks t = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::uint32_t roll[4];
        ohm_stream_block(dice, 0, i, roll);
        t += roll[0] % (2 * spread) * (_i % 2 ? ns : ns / 3);
        at[i] = t;
        a[i].from = roll[1] % 11;
        a[i].to = (a[i].from + 1 + roll[2] % 10) % 11;
        a[i].bits = 1 + roll[3] % 600;
        b[i].from = a[i].from;
        b[i].to = a[i].to;
        b[i].bits = a[i].bits;
    }
    Sender sender("sender", reserving, step_by_step, a, b, at);
    sc_core::sc_start();
    ck_assert_uint_eq(seen.message.size(), 2 * n);
    for (std::size_t i = 0; i < n; ++i)
        ck_assert_msg(a[i].arrived == b[i].arrived, "case %d, message %zu: %llu, not %llu", _i, i,
                      static_cast<unsigned long long>(a[i].arrived),
                      static_cast<unsigned long long>(b[i].arrived));
    ck_assert_uint_eq(reserving.flit_steps(), step_by_step.flit_steps());
    std::vector<ohm_unit_use> u, v;
    reserving.report(u, 0, now());
    step_by_step.report(v, 0, now());
    for (std::size_t i = 0; i < u.size(); ++i)
        ck_assert_mem_eq(&u[i], &v[i], sizeof u[i]);
}
END_TEST

int main()
{
    Suite *s = suite_create("systemc units");
    TCase *t = tcase_create("tight");
    tcase_add_test(t, a_product_bound_by_its_arrays);
    tcase_add_test(t, a_product_bound_by_its_converters);
    tcase_add_test(t, products_follow_at_the_interval);
    tcase_add_test(t, array_bound_products_follow_without_a_gap);
    tcase_add_test(t, collected_charge_is_converted_once);
    tcase_add_test(t, without_overlap_everything_adds);
    tcase_add_test(t, a_single_phase_is_read_convert_sum);
    tcase_add_test(t, a_full_output_buffer_stops_the_tile);
    tcase_add_test(t, input_room_is_counted_in_bits);
    tcase_add_test(t, starts_fall_on_clock_edges);
    tcase_add_test(t, a_refresh_holds_products_back);
    tcase_add_test(t, an_operation_takes_its_passes_and_the_pipeline);
    tcase_add_test(t, operations_enter_one_behind_the_other);
    tcase_add_test(t, memory_binds_when_it_is_slower);
    tcase_add_test(t, an_operation_may_be_ready_later);
    tcase_add_test(t, a_bus_takes_one_message_at_a_time);
    tcase_add_test(t, a_message_crosses_an_empty_mesh);
    tcase_add_loop_test(t, a_mesh_may_be_a_line, 0, 2);
    tcase_add_test(t, two_messages_share_a_link);
    tcase_add_test(t, results_meet_at_the_ejection_link);
    tcase_add_test(t, a_full_router_stops_the_link_before_it);
    tcase_add_test(t, a_mesh_under_load_loses_nothing);
    tcase_add_loop_test(t, a_reserved_path_changes_no_arrival, 0, 48);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

/* libsystemc's own main() refers to it. */
int sc_main(int, char **)
{
    return 0;
}
