/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip as a TLM-2.0 device: software sees the batch engine's logits whichever way it takes, and
 * the sockets keep the rules of the base protocol (IEEE 1666-2011, clauses 11, 14 and 15). */
#include "tests/sim/platform/device_bench.h"

#include <string>

using namespace ohm;

START_TEST(software_runs_sequences_through_the_windows)
{
    Platform p;
    p.run([&](Host &h) {
        ck_assert_uint_eq(h.read(OHM_REG_ID), OHM_REG_ID_VALUE);
        ck_assert_uint_eq(h.read(OHM_REG_CHANNELS), 2);
        ck_assert_uint_eq(h.read(OHM_REG_CLASSES), 4);
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), 0);
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.inputs.data(), p.input_bytes());
        h.sizes();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_BUSY);
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        wait(h.interrupt.posedge_event());
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_DONE);
        ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), 1);
        const double ns = h.read(OHM_REG_TIME_LOW);
        ck_assert_double_eq_tol(ns, p.device.result().duration_sec * 1e9, 0.51);
        /* the start is a write and a read of 10 ns ago */
        ck_assert_double_eq_tol((sc_core::sc_time_stamp() - began).to_seconds() * 1e9, ns, 61);
        ck_assert_double_eq_tol(h.read(OHM_REG_ENERGY_LOW),
                                ohm_ledger_energy(&p.device.result().ledger) * 1e12, 0.51);
        std::int32_t got[SEQUENCES * 4];
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, sizeof got);
        p.expect_logits(got);
        h.write(OHM_REG_INTERRUPT, 1);
        wait(sc_core::SC_ZERO_TIME);
        wait(sc_core::SC_ZERO_TIME);
        ck_assert(!h.interrupt.read());
        ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), 0);
    });
}
END_TEST

START_TEST(software_runs_sequences_by_dma_and_polls)
{
    Platform p;
    p.run([&](Host &h) {
        memcpy(p.memory.bytes.data() + 0x100, p.inputs.data(), p.input_bytes());
        h.sizes();
        h.write(OHM_REG_INPUT_LOW, 0x100);
        h.write(OHM_REG_OUTPUT_LOW, 0x8000);
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_DMA);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        ck_assert(!h.interrupt.read()); /* not asked for */
        p.expect_logits(p.memory.bytes.data() + 0x8000);
        /* 216 bytes in, 48 out: a burst each, a microsecond each */
        ck_assert_uint_eq(p.memory.bursts, 2);
        ck_assert_double_ge((sc_core::sc_time_stamp() - began).to_seconds(),
                            2e-6 + p.device.result().duration_sec);
    });
}
END_TEST

namespace
{

const Special uneven = {true, {}};

} // namespace

/* Lengths 1, 5 and 9: a table before the inputs in the window. */
START_TEST(sequences_may_differ_in_length_through_the_windows)
{
    Platform p(uneven);
    p.run([&](Host &h) {
        ck_assert_uint_eq(p.lengths[0], 1);
        ck_assert_uint_eq(p.lengths[1], 5);
        ck_assert_uint_eq(p.lengths[2], 9);
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.lengths, sizeof p.lengths);
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW + sizeof p.lengths, p.inputs.data(),
                 p.input_bytes());
        h.sizes();
        h.write(OHM_REG_LENGTH, 0); /* has no meaning */
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_LENGTHS);
        std::uint32_t none[SEQUENCES] = {0}; /* START has taken the table as it was */
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, none, sizeof none);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        ck_assert_uint_eq(p.device.result().tokens, 1 + 5 + 9);
        std::int32_t got[SEQUENCES * 4];
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, sizeof got);
        p.expect_logits(got);

        /* the old way beside it: one of nine steps */
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.inputs.data() + 2 * (1 + 5),
                 9 * 2 * sizeof(float));
        h.write(OHM_REG_SEQUENCES, 1);
        h.write(OHM_REG_LENGTH, 9);
        h.write(OHM_REG_FIRST_LOW, 2);
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, 4 * sizeof *got);
        ck_assert_mem_eq(got, p.want + 2 * 4, 4 * sizeof *got);
    });
}
END_TEST

START_TEST(sequences_may_differ_in_length_by_dma)
{
    Platform p(uneven);
    p.run([&](Host &h) {
        memcpy(p.memory.bytes.data() + 0x104, p.lengths, sizeof p.lengths);
        memcpy(p.memory.bytes.data() + 0x1000, p.inputs.data(), p.input_bytes());
        h.sizes();
        h.write(OHM_REG_LENGTH, 0);
        h.write(OHM_REG_LENGTHS_LOW, 0x104);
        h.write(OHM_REG_INPUT_LOW, 0x1000);
        h.write(OHM_REG_OUTPUT_LOW, 0x8000);
        const std::uint32_t control = OHM_CONTROL_START | OHM_CONTROL_DMA | OHM_CONTROL_LENGTHS;
        h.write(OHM_REG_CONTROL, control);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        p.expect_logits(p.memory.bytes.data() + 0x8000);
        ck_assert_uint_eq(p.memory.bursts, 3); /* 12 bytes of lengths, 120 in, 48 out */

        const auto fails = [&] {
            h.write(OHM_REG_CONTROL, control);
            ck_assert_uint_eq(h.poll(), OHM_STATUS_ERROR);
        };
        h.write(OHM_REG_LENGTHS_LOW, MEMORY - 8); /* its third word is beyond the memory */
        fails();
        h.write(OHM_REG_LENGTHS_LOW, ~0u - 7); /* and beyond the last address */
        h.write(OHM_REG_LENGTHS_HIGH, ~0u);
        fails();
        h.write(OHM_REG_LENGTHS_HIGH, 0);
        h.write(OHM_REG_LENGTHS_LOW, 0x104);
        memset(p.memory.bytes.data() + 0x108, 0, 4); /* no steps */
        fails();
        memset(p.memory.bytes.data() + 0x108, 0xff, 4); /* more than there is memory */
        fails();
        h.write(OHM_REG_SEQUENCES, ~0u); /* a table longer than the memory */
        fails();
        h.write(OHM_REG_SEQUENCES, 0);
        fails();
        h.sizes();
        memcpy(p.memory.bytes.data() + 0x104, p.lengths, sizeof p.lengths);
        h.write(OHM_REG_CONTROL, control);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE); /* all is well again */
    });
}
END_TEST

/* A table that fills the window leaves no space for inputs; nor does one with huge lengths. */
START_TEST(tables_that_do_not_fit_the_window_are_errors)
{
    Platform p(uneven);
    p.run([&](Host &h) {
        const auto fails = [&](std::uint32_t sequences) {
            h.write(OHM_REG_SEQUENCES, sequences);
            h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_LENGTHS);
            ck_assert_uint_eq(h.poll(), OHM_STATUS_ERROR);
        };
        std::uint32_t length = 1;
        fails(1); /* of 0 steps */
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, &length, sizeof length);
        fails(OHM_WINDOW_BYTES / 4);
        fails(~0u);
        length = (OHM_WINDOW_BYTES - 4) / 8 + 1; /* one step more than there is room for */
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, &length, sizeof length);
        fails(1);
        length = ~0u;
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, &length, sizeof length);
        fails(1);
        length = 2;
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, &length, sizeof length);
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_LENGTHS);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
    });
}
END_TEST

namespace
{

/* Pulses of 10 ns and 3 pJ; refreshed every second sequence. */
const Special refreshed = {false, [](ohm_chip_config &c) {
                               c.maintenance.refresh_sequences = 2;
                               c.device.write_cost.pulse_time_sec = 10e-9;
                               c.device.write_cost.pulse_energy_joule = 3e-12;
                           }};

/* An hour between sequences of a chip that ages, refreshed every two hours. */
const Special ageing = {true, [](ohm_chip_config &c) {
                            c.maintenance.sequence_interval_sec = 3600;
                            c.maintenance.refresh_interval_sec = 7200;
                            c.pipeline.sequences = 2;
                        }};

} // namespace

/* Sequence 2 follows a refresh, whether it is in one START with 0 and 1 or alone after them, and
 * its values are those of its number. */
START_TEST(maintenance_continues_over_several_starts)
{
    Platform p(refreshed);
    p.run([&](Host &h) {
        const unsigned step = LENGTH * 2 * sizeof(float);
        const auto run = [&](std::uint32_t first, std::uint32_t count) {
            h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW,
                     reinterpret_cast<unsigned char *>(p.inputs.data()) + first * step,
                     count * step);
            h.write(OHM_REG_SEQUENCES, count);
            h.write(OHM_REG_LENGTH, LENGTH);
            h.write(OHM_REG_FIRST_LOW, first);
            h.write(OHM_REG_CONTROL, OHM_CONTROL_START);
            ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
            std::int32_t got[SEQUENCES * 4];
            h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, count * 4 * sizeof *got);
            ck_assert_mem_eq(got, p.want + first * 4, count * 4 * sizeof *got);
            return p.device.result().refreshes;
        };
        const auto seconds = [&] { return p.device.result().duration_sec; };
        const auto refreshes_joule = [&] {
            const ohm_ledger &l = p.device.result().ledger;
            double joule = 0;
            for (std::size_t i = 0; i < l.energy_count; ++i)
                if (!strcmp(l.energy[i].action, "refresh")) joule += l.energy[i].energy_joule;
            return joule;
        };
        ohm_err err;
        ohm_tile_maintenance_cost maintenance;
        OK(ohm_chip_maintenance_cost_get(p.b.chip, &maintenance, &err));
        ck_assert_uint_eq(run(0, 3), 1);
        ck_assert_double_eq_tol(refreshes_joule(), maintenance.one_write.energy_joule, 1e-18);
        ck_assert_uint_eq(run(0, 2), 0); /* earlier numbers again: nothing is due */
        ck_assert_uint_eq(run(2, 1), 1); /* after 1, at the beginning of the run */
        const double behind_refresh = seconds();
        ck_assert_double_eq_tol(refreshes_joule(), maintenance.one_write.energy_joule, 1e-18);
        ck_assert_uint_eq(run(2, 1), 0); /* done already */
        /* all of the slowest tile's pulses, but for what the first token takes to its product */
        ck_assert_double_le(behind_refresh - seconds(), maintenance.one_write.time_sec);
        ck_assert_double_ge(behind_refresh - seconds(), 0.9 * maintenance.one_write.time_sec);
    });
}
END_TEST

START_TEST(cells_age_on_the_device_too)
{
    Platform p(ageing);
    p.run([&](Host &h) {
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.lengths, sizeof p.lengths);
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW + sizeof p.lengths, p.inputs.data(),
                 p.input_bytes());
        h.sizes();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_LENGTHS);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        std::int32_t got[SEQUENCES * 4];
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, sizeof got);
        p.expect_logits(got);
        /* at 1, 2 and 3 h after programming */
        ck_assert_uint_eq(p.device.result().refreshes, 1);
        /* further on than refreshes can be made: an error that lasts */
        h.write(OHM_REG_FIRST_HIGH, ~0u);
        for (std::uint32_t high : {~0u, 0u}) {
            h.write(OHM_REG_FIRST_HIGH, high);
            h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_LENGTHS);
            ck_assert_uint_eq(h.poll(), OHM_STATUS_ERROR);
            ck_assert_ptr_nonnull(strstr(p.device.error().message, "more than are counted"));
        }
    });
}
END_TEST

START_TEST(software_reaches_the_windows_directly)
{
    Platform p;
    p.run([&](Host &h) {
        const std::uint64_t end = OHM_OUTPUT_WINDOW + OHM_WINDOW_BYTES;
        tlm::tlm_generic_payload payload;
        tlm::tlm_dmi in, out, none;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(OHM_INPUT_WINDOW + 100);
        ck_assert(h.socket->get_direct_mem_ptr(payload, in));
        ck_assert_uint_eq(in.get_start_address(), OHM_INPUT_WINDOW);
        ck_assert_uint_eq(in.get_end_address(), OHM_INPUT_WINDOW + OHM_WINDOW_BYTES - 1);
        ck_assert(in.is_read_write_allowed());
        ck_assert(in.get_read_latency() == sc_core::sc_time(10, sc_core::SC_NS));
        memcpy(in.get_dmi_ptr(), p.inputs.data(), p.input_bytes());
        payload.set_address(OHM_OUTPUT_WINDOW + 4);
        ck_assert(h.socket->get_direct_mem_ptr(payload, out));
        ck_assert_uint_eq(out.get_end_address(), end - 1);
        payload.set_address(OHM_REG_STATUS);
        ck_assert(!h.socket->get_direct_mem_ptr(payload, none));
        ck_assert_uint_eq(none.get_end_address(), OHM_INPUT_WINDOW - 1); /* the range denied */
        payload.set_address(end + 17);
        ck_assert(!h.socket->get_direct_mem_ptr(payload, none));
        ck_assert_uint_eq(none.get_start_address(), end);
        h.sizes();
        ck_assert_uint_eq(p.registers.invalidated().size(), 0);
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);

        /* the output window is the chip's now, the input window may be filled for the next run */
        ck_assert_uint_eq(p.registers.invalidated().size(), 1);
        ck_assert_uint_eq(p.registers.invalidated()[0].first, OHM_OUTPUT_WINDOW);
        ck_assert_uint_eq(p.registers.invalidated()[0].second, end - 1);
        payload.set_address(OHM_OUTPUT_WINDOW + 4);
        ck_assert(!h.socket->get_direct_mem_ptr(payload, none));
        ck_assert_uint_eq(none.get_start_address(), OHM_OUTPUT_WINDOW);
        memset(in.get_dmi_ptr(), 0x11, p.input_bytes());
        h.write(OHM_REG_SEQUENCES, 1);

        wait(h.interrupt.posedge_event());
        ck_assert(h.socket->get_direct_mem_ptr(payload, out));
        p.expect_logits(out.get_dmi_ptr());

        /* by DMA nothing is written there and nothing has to be taken back */
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_DMA);
        ck_assert(h.socket->get_direct_mem_ptr(payload, out));
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        ck_assert_uint_eq(p.registers.invalidated().size(), 1);
    });
}
END_TEST

START_TEST(interrupt_is_a_level_until_it_is_cleared)
{
    Platform p;
    p.run([&](Host &h) {
        const auto settle = [] {
            wait(sc_core::SC_ZERO_TIME);
            wait(sc_core::SC_ZERO_TIME);
        };
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.inputs.data(), p.input_bytes());
        h.sizes();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START); /* masked */
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        wait(sc_core::sc_time(1, sc_core::SC_US));
        ck_assert(!h.interrupt.read());
        ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), 0);

        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);
        ck_assert(!h.interrupt.read()); /* not before the end */
        wait(h.interrupt.posedge_event());
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_DONE);
        wait(sc_core::sc_time(1, sc_core::SC_MS));
        ck_assert(h.interrupt.read());
        h.write(OHM_REG_INTERRUPT, 0); /* clears nothing */
        settle();
        ck_assert(h.interrupt.read());
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START); /* neither does a masked run */
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        ck_assert(h.interrupt.read());
        h.write(OHM_REG_INTERRUPT, 1);
        settle();
        ck_assert(!h.interrupt.read());

        h.write(OHM_REG_SEQUENCES, 0); /* a run that fails interrupts too */
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);
        if (!h.interrupt.read()) wait(h.interrupt.posedge_event());
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_ERROR);
    });
}
END_TEST

/* A host that is ahead of the simulation: the chip begins at the host's time. */
START_TEST(start_happens_when_its_delay_has_passed)
{
    Platform p;
    p.run([&](Host &h) {
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.inputs.data(), p.input_bytes());
        h.sizes();
        tlm::tlm_generic_payload payload;
        std::uint32_t value = OHM_CONTROL_START | OHM_CONTROL_INTERRUPT;
        sc_core::sc_time ahead(50, sc_core::SC_US);
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(OHM_REG_CONTROL);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(&value));
        payload.set_data_length(4);
        payload.set_streaming_width(4);
        h.socket->b_transport(payload, ahead);
        ck_assert(ahead == sc_core::sc_time(50010, sc_core::SC_NS));
        wait(h.interrupt.posedge_event());
        ck_assert_double_eq_tol((sc_core::sc_time_stamp() - began).to_seconds() * 1e9,
                                50010 + p.device.result().duration_sec * 1e9, 0.51);
        std::int32_t got[SEQUENCES * 4];
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, sizeof got);
        p.expect_logits(got);
    });
}
END_TEST

/* DMA runs ahead by the global quantum and no further. */
START_TEST(dma_keeps_to_the_quantum)
{
    Platform p;
    tlm::tlm_global_quantum::instance().set(sc_core::sc_time(_i, sc_core::SC_US));
    p.run([&](Host &h) {
        h.write(OHM_REG_SEQUENCES, 64);
        h.write(OHM_REG_LENGTH, 16); /* 8 KiB: 32 bursts of a microsecond */
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_DMA);
        wait(sc_core::sc_time(9500, sc_core::SC_NS));
        /* they begin at 0, 1, ... 9 us after the START, and those of a quantum early */
        ck_assert_uint_ge(p.memory.bursts, 10);
        ck_assert_uint_le(p.memory.bursts, 10 + static_cast<unsigned>(_i));
        ck_assert(_i == 0 || p.memory.bursts > 10);
        ck_assert(_i < 32 || p.memory.bursts == 32);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
        ck_assert_uint_ge(p.memory.bursts, 32);
        for (unsigned i = 1; i < 32; ++i)
            ck_assert(p.memory.times[i] - p.memory.times[i - 1] ==
                      sc_core::sc_time(1, sc_core::SC_US));
        ck_assert(p.memory.times[0] - began >= sc_core::sc_time(10, sc_core::SC_NS));
    });
}
END_TEST

START_TEST(what_cannot_be_run_ends_in_an_error)
{
    Platform p;
    p.run([&](Host &h) {
        const auto run = [&](std::uint32_t control) {
            h.write(OHM_REG_CONTROL, control | OHM_CONTROL_START);
            return h.poll();
        };
        ck_assert_uint_eq(run(0), OHM_STATUS_ERROR); /* no sequences */
        h.write(OHM_REG_SEQUENCES, 1u << 20);
        h.write(OHM_REG_LENGTH, 1u << 20); /* do not fit the window */
        ck_assert_uint_eq(run(0), OHM_STATUS_ERROR);
        h.sizes();
        h.write(OHM_REG_INPUT_LOW, MEMORY); /* beyond the memory */
        ck_assert_uint_eq(run(OHM_CONTROL_DMA), OHM_STATUS_ERROR);
        h.write(OHM_REG_INPUT_LOW, 0);
        h.write(OHM_REG_OUTPUT_LOW, MEMORY - 1);
        ck_assert_uint_eq(run(OHM_CONTROL_DMA), OHM_STATUS_ERROR);
        h.write(OHM_REG_OUTPUT_LOW, 0x1000);
        h.write(OHM_REG_SEQUENCES, ~0u); /* more than there are bytes to address, or to have */
        h.write(OHM_REG_LENGTH, ~0u);
        ck_assert_uint_eq(run(0), OHM_STATUS_ERROR);
        ck_assert_uint_eq(run(OHM_CONTROL_DMA), OHM_STATUS_ERROR);
        h.write(OHM_REG_LENGTH, 1u << 20);
        ck_assert_uint_eq(run(OHM_CONTROL_DMA), OHM_STATUS_ERROR);
        h.sizes();
        h.write(OHM_REG_INPUT_LOW, ~0u - 3); /* across the last address */
        h.write(OHM_REG_INPUT_HIGH, ~0u);
        ck_assert_uint_eq(run(OHM_CONTROL_DMA), OHM_STATUS_ERROR);
        h.write(OHM_REG_INPUT_LOW, 0);
        h.write(OHM_REG_INPUT_HIGH, 0);
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START); /* a second START while busy */
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START);
        ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE | OHM_STATUS_ERROR);
        ck_assert_uint_eq(run(0), OHM_STATUS_DONE); /* and all is well again */
    });
}
END_TEST

START_TEST(accesses_keep_the_base_protocol)
{
    Platform p;
    p.run([&](Host &h) {
        std::uint32_t word = 0;
        unsigned char bytes[64] = {0};
        ck_assert_int_eq(h.access(tlm::TLM_READ_COMMAND, OHM_REG_END, &word, 4),
                         tlm::TLM_ADDRESS_ERROR_RESPONSE);
        ck_assert_int_eq(h.access(tlm::TLM_READ_COMMAND, OHM_REG_ID + 2, &word, 4),
                         tlm::TLM_ADDRESS_ERROR_RESPONSE);
        ck_assert_int_eq(h.access(tlm::TLM_READ_COMMAND, ~std::uint64_t(0) - 3, &word, 4),
                         tlm::TLM_ADDRESS_ERROR_RESPONSE);
        ck_assert_int_eq(h.access(tlm::TLM_READ_COMMAND, OHM_REG_ID, bytes, 8),
                         tlm::TLM_BURST_ERROR_RESPONSE);
        ck_assert_int_eq(
            h.access(tlm::TLM_READ_COMMAND, OHM_INPUT_WINDOW + OHM_WINDOW_BYTES - 2, &word, 4),
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
        ck_assert_int_eq(h.access(tlm::TLM_READ_COMMAND, OHM_INPUT_WINDOW + 3, bytes, 5),
                         tlm::TLM_OK_RESPONSE);                     /* windows take any shape */
        ck_assert(h.delay == sc_core::sc_time(20, sc_core::SC_NS)); /* two words */
        ck_assert_int_eq(h.access(tlm::TLM_IGNORE_COMMAND, OHM_REG_ID, &word, 4),
                         tlm::TLM_OK_RESPONSE);
        ck_assert_uint_eq(word, 0);
        h.read(OHM_REG_ID);
        ck_assert(h.delay == sc_core::sc_time(10, sc_core::SC_NS));

        /* a delay is added to, never overwritten */
        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay(5, sc_core::SC_NS);
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_address(OHM_INPUT_WINDOW);
        payload.set_data_ptr(bytes);
        payload.set_data_length(8);
        payload.set_streaming_width(8);
        h.socket->b_transport(payload, delay);
        ck_assert(payload.is_response_ok() && payload.is_dmi_allowed());
        ck_assert(delay == sc_core::sc_time(5 + 20, sc_core::SC_NS));
    });
}
END_TEST

START_TEST(debugging_has_no_effect)
{
    Platform p;
    p.run([&](Host &h) {
        std::uint32_t word = OHM_CONTROL_START;
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(OHM_REG_CONTROL);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(&word));
        payload.set_data_length(4);
        ck_assert_uint_eq(h.socket->transport_dbg(payload), 0);
        wait(sc_core::sc_time(1, sc_core::SC_US));
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_address(OHM_REG_STATUS);
        ck_assert_uint_eq(h.socket->transport_dbg(payload), 4);
        ck_assert_uint_eq(word, 0);
        word = 12345;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(OHM_INPUT_WINDOW + 8);
        const sc_core::sc_time before = sc_core::sc_time_stamp();
        ck_assert_uint_eq(h.socket->transport_dbg(payload), 4);
        word = 0;
        payload.set_command(tlm::TLM_READ_COMMAND);
        ck_assert_uint_eq(h.socket->transport_dbg(payload), 4);
        ck_assert_uint_eq(word, 12345);
        ck_assert(sc_core::sc_time_stamp() == before);
        payload.set_address(OHM_REG_END);
        ck_assert_uint_eq(h.socket->transport_dbg(payload), 0);
    });
}
END_TEST

namespace
{

/* An initiator of the four-phase kind. */
struct PhasedHost : sc_core::sc_module {
    OHM_HAS_PROCESS(PhasedHost);
    tlm_utils::simple_initiator_socket<PhasedHost> socket;
    tlm::tlm_generic_payload payload;
    std::uint32_t word = 0;
    std::vector<std::string> phases;
    sc_core::sc_event response;
    bool finished = false;

    explicit PhasedHost(sc_core::sc_module_name name) : sc_module(name), socket("socket")
    {
        socket.register_nb_transport_bw(this, &PhasedHost::backward);
        SC_THREAD(run);
    }
    tlm::tlm_sync_enum backward(tlm::tlm_generic_payload &, tlm::tlm_phase &phase,
                                sc_core::sc_time &delay)
    {
        phases.push_back(phase.get_name());
        if (phase == tlm::BEGIN_RESP) response.notify(delay);
        return tlm::TLM_ACCEPTED;
    }
    void run()
    {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_address(OHM_REG_ID);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(&word));
        payload.set_data_length(4);
        payload.set_streaming_width(4);
        payload.set_byte_enable_ptr(nullptr);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        const tlm::tlm_sync_enum answer = socket->nb_transport_fw(payload, phase, delay);
        ck_assert_int_ne(answer, tlm::TLM_COMPLETED);
        if (phase != tlm::BEGIN_RESP) wait(response);
        ck_assert(payload.is_response_ok());
        ck_assert_uint_eq(word, OHM_REG_ID_VALUE);
        phase = tlm::END_RESP;
        delay = sc_core::SC_ZERO_TIME;
        socket->nb_transport_fw(payload, phase, delay);
        finished = true;
    }
};

} // namespace

START_TEST(four_phases_work_too)
{
    Platform p;
    sc_core::sc_signal<bool> line("second_line");
    ChipDevice second("second", p.b.chip, &p.b.costs);
    Memory memory("second_memory");
    PhasedHost phased("phased");
    second.interrupt(line);
    second.dma.bind(memory.socket);
    phased.socket.bind(second.registers);
    p.run([](Host &) {});
    ck_assert(phased.finished);
    ck_assert_uint_ge(phased.phases.size(), 1);
    ck_assert_str_eq(phased.phases.back().c_str(), "BEGIN_RESP");
}
END_TEST

int main()
{
    Suite *s = suite_create("platform device");
    TCase *t = tcase_create("tlm");
    tcase_add_test(t, software_runs_sequences_through_the_windows);
    tcase_add_test(t, software_runs_sequences_by_dma_and_polls);
    tcase_add_test(t, sequences_may_differ_in_length_through_the_windows);
    tcase_add_test(t, sequences_may_differ_in_length_by_dma);
    tcase_add_test(t, tables_that_do_not_fit_the_window_are_errors);
    tcase_add_test(t, maintenance_continues_over_several_starts);
    tcase_add_test(t, cells_age_on_the_device_too);
    tcase_add_test(t, software_reaches_the_windows_directly);
    tcase_add_test(t, interrupt_is_a_level_until_it_is_cleared);
    tcase_add_test(t, start_happens_when_its_delay_has_passed);
    tcase_add_loop_test(t, dma_keeps_to_the_quantum, 0, 1);
    tcase_add_loop_test(t, dma_keeps_to_the_quantum, 4, 5);
    tcase_add_loop_test(t, dma_keeps_to_the_quantum, 1000, 1001);
    tcase_add_test(t, what_cannot_be_run_ends_in_an_error);
    tcase_add_test(t, accesses_keep_the_base_protocol);
    tcase_add_test(t, debugging_has_no_effect);
    tcase_add_test(t, four_phases_work_too);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
