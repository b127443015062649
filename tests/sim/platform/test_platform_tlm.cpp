/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device under thousands of random transactions at fixed seeds, legal and illegal, against a
 * model of its memory map written from registers.h and device.h. */
#include "tests/sim/platform/tlm_access.h"

#include <algorithm>
#include <random>
#include <set>

using namespace ohm;

namespace
{

/* What the memory map promises, apart from what a run changes. */
class Model
{
  public:
    Model() : input_(OHM_WINDOW_BYTES), output_(OHM_WINDOW_BYTES)
    {
        for (std::uint64_t r = OHM_REG_SEQUENCES; r <= OHM_REG_FIRST_HIGH; r += 4)
            writable_.insert(r);
        writable_.insert({OHM_REG_LENGTHS_LOW, OHM_REG_LENGTHS_HIGH});
        read_[OHM_REG_ID] = OHM_REG_ID_VALUE;
        read_[OHM_REG_CHANNELS] = 2;
        read_[OHM_REG_CLASSES] = 4;
        read_[OHM_REG_INPUT_SIZE] = read_[OHM_REG_OUTPUT_SIZE] = OHM_WINDOW_BYTES;
    }

    tlm::tlm_response_status expect(Access &a, unsigned char *want)
    {
        memcpy(want, a.before, sizeof a.before);
        if (a.command == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
        if (a.length == 0 || a.width < a.length) return tlm::TLM_BURST_ERROR_RESPONSE;
        unsigned char *window = find(a.address, a.length);
        if (!window) {
            if (a.address >= OHM_REG_END || a.address % 4) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
            if (a.length != 4) return tlm::TLM_BURST_ERROR_RESPONSE;
            if (!a.is_all_enabled()) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
            std::uint32_t &value = read_[a.address];
            if (a.command == tlm::TLM_READ_COMMAND)
                memcpy(want + GUARD, &value, 4);
            else if (writable_.count(a.address))
                memcpy(&value, a.data(), 4);
            return tlm::TLM_OK_RESPONSE;
        }
        for (unsigned i = 0; i < a.length; ++i) {
            if (!a.is_enabled(i)) continue;
            if (a.command == tlm::TLM_READ_COMMAND)
                want[GUARD + i] = window[i];
            else
                window[i] = a.data()[i];
        }
        return tlm::TLM_OK_RESPONSE;
    }
    /* Bytes transport_dbg answers, into want. */
    unsigned expect_debug(Access &a, unsigned char *want)
    {
        memcpy(want, a.before, sizeof a.before);
        unsigned n = 0;
        for (; n < a.length && a.command != tlm::TLM_IGNORE_COMMAND; ++n) {
            const std::uint64_t at = a.address + n;
            unsigned char *byte = find(at, 1);
            if (byte && find(a.address, 1) + n == byte && a.command == tlm::TLM_READ_COMMAND)
                want[GUARD + n] = *byte;
            else if (byte && find(a.address, 1) + n == byte)
                *byte = a.data()[n];
            else if (!byte && at < OHM_REG_END && a.command == tlm::TLM_READ_COMMAND)
                want[GUARD + n] = static_cast<unsigned char>(read_[at / 4 * 4] >> (at % 4 * 8));
            else
                break;
        }
        return n;
    }
    bool is_window(std::uint64_t address) { return find(address, 1) != nullptr; }

  private:
    unsigned char *find(std::uint64_t address, std::uint64_t length)
    {
        for (auto *window : {&input_, &output_}) {
            const std::uint64_t first = window == &input_ ? OHM_INPUT_WINDOW : OHM_OUTPUT_WINDOW;
            if (address >= first && address < first + OHM_WINDOW_BYTES)
                return address + length <= first + OHM_WINDOW_BYTES
                           ? window->data() + (address - first)
                           : nullptr;
        }
        return nullptr;
    }

    std::map<std::uint64_t, std::uint32_t> read_;
    std::set<std::uint64_t> writable_;
    std::vector<unsigned char> input_, output_;
};

class Dice
{
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t n) { return engine_() % n; }
    bool one_in(unsigned n) { return below(n) == 0; }

    std::uint64_t address()
    {
        static const std::uint64_t edges[] = {OHM_REG_END,
                                              OHM_INPUT_WINDOW,
                                              OHM_OUTPUT_WINDOW,
                                              OHM_OUTPUT_WINDOW + OHM_WINDOW_BYTES,
                                              0,
                                              std::uint64_t(1) << 32};
        switch (below(4)) {
        case 0:
            return below(OHM_REG_END / 4) * 4;
        case 1:
            return OHM_INPUT_WINDOW + below(2 * OHM_WINDOW_BYTES);
        case 2:
            return edges[below(6)] + below(2 * LONGEST) - LONGEST; /* wraps below 0 too */
        default:
            return OHM_INPUT_WINDOW + below(256); /* so that reads meet earlier writes */
        }
    }
    Access access(bool is_legal)
    {
        Access a;
        const unsigned kind = static_cast<unsigned>(below(9));
        a.command = kind < 4   ? tlm::TLM_READ_COMMAND
                    : kind < 8 ? tlm::TLM_WRITE_COMMAND
                               : tlm::TLM_IGNORE_COMMAND;
        a.address = address();
        a.length = one_in(2) ? 4 : static_cast<unsigned>(below(LONGEST + 1));
        if (is_legal && a.length == 0) a.length = 1;
        a.width = one_in(8) ? static_cast<unsigned>(below(a.length + 8)) : a.length;
        if (is_legal && a.width == 0) a.width = a.length;
        if (one_in(4))
            for (std::size_t n = 1 + below(12); n > 0; --n)
                a.enables.push_back(one_in(3) ? TLM_BYTE_DISABLED : TLM_BYTE_ENABLED);
        for (unsigned char &byte : a.buffer)
            byte = static_cast<unsigned char>(below(256));
        /* runs have tests of their own; here nothing is started */
        if (a.address == OHM_REG_CONTROL) a.data()[0] &= 0xfe;
        return a;
    }

  private:
    std::mt19937_64 engine_;
};

} // namespace

START_TEST(random_blocking_transactions)
{
    Platform p;
    Model model;
    Dice dice(static_cast<unsigned>(_i));
    std::map<int, unsigned> seen;
    p.run([&](Host &h) {
        for (unsigned k = 0; k < 4000; ++k) {
            Access a = dice.access(true);
            Payload payload;
            unsigned char want[sizeof a.buffer];
            a.fill(&payload);
            const sc_core::sc_time before(static_cast<double>(dice.below(100)), sc_core::SC_NS);
            sc_core::sc_time delay = before;
            const sc_core::sc_time now = sc_core::sc_time_stamp();
            h.socket->b_transport(payload, delay);
            ck_assert(now == sc_core::sc_time_stamp()); /* annotated, not waited for */
            ck_assert(delay ==
                      before + sc_core::sc_time(10.0 * ((a.length + 3) / 4), sc_core::SC_NS));
            const tlm::tlm_response_status status = model.expect(a, want);
            ck_assert_msg(payload.get_response_status() == status,
                          "%u: command %d, %u bytes at %#llx: %d instead of %d", k, a.command,
                          a.length, static_cast<unsigned long long>(a.address),
                          payload.get_response_status(), status);
            ck_assert_mem_eq(a.buffer, want, sizeof want);
            ck_assert_int_eq(payload.is_dmi_allowed(), status == tlm::TLM_OK_RESPONSE &&
                                                           model.is_window(a.address) &&
                                                           a.command != tlm::TLM_IGNORE_COMMAND);
            ++seen[status];
            if (dice.one_in(16)) wait(delay);
        }
    });
    ck_assert_uint_ge(p.registers.transactions(), 4000);
    for (int status : {tlm::TLM_OK_RESPONSE, tlm::TLM_ADDRESS_ERROR_RESPONSE,
                       tlm::TLM_BURST_ERROR_RESPONSE, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE})
        ck_assert_uint_ge(seen[status], 20);
}
END_TEST

/* What an initiator must never send is answered with an error all the same, and changes nothing. */
START_TEST(forbidden_transactions_are_refused)
{
    DeviceChip chip;
    ChipDevice device("device", chip.b.chip, &chip.b.costs);
    sc_core::sc_signal<bool> line("line");
    Memory memory("memory");
    Host host("host");
    device.interrupt(line);
    host.interrupt(line);
    device.dma.bind(memory.socket);
    host.socket.bind(device.registers); /* no checker: it would find the host guilty */
    Dice dice(5);
    host.program = [&](Host &h) {
        for (unsigned k = 0; k < 1000; ++k) {
            Access a = dice.access(false);
            if (a.command == tlm::TLM_IGNORE_COMMAND) continue;
            Payload payload;
            const unsigned sin = static_cast<unsigned>(dice.below(3));
            unsigned char none = 0;
            if (sin == 0) a.length = 0;
            if (sin == 1) a.width = 0;
            a.fill(&payload);
            if (sin == 2) {
                payload.set_byte_enable_ptr(&none);
                payload.set_byte_enable_length(0);
            }
            sc_core::sc_time delay;
            h.socket->b_transport(payload, delay);
            ck_assert(payload.is_response_error());
            ck_assert_int_ne(payload.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
            ck_assert_mem_eq(a.buffer, a.before, sizeof a.buffer);
        }
    };
    sc_core::sc_start();
    ck_assert(host.finished);
}
END_TEST

START_TEST(random_debug_and_direct_accesses)
{
    Platform p;
    Model model;
    Dice dice(static_cast<unsigned>(100 + _i));
    p.run([&](Host &h) {
        for (unsigned k = 0; k < 4000; ++k) {
            Access a = dice.access(true);
            Payload payload;
            unsigned char want[sizeof a.buffer];
            a.fill(&payload);
            if (dice.one_in(4)) { /* through a pointer, where there is one */
                tlm::tlm_dmi dmi;
                if (a.command == tlm::TLM_IGNORE_COMMAND) continue;
                const bool is_granted = h.socket->get_direct_mem_ptr(payload, dmi);
                ck_assert_int_eq(is_granted, model.is_window(a.address));
                if (!is_granted) continue;
                a.length = static_cast<unsigned>(
                    std::min<std::uint64_t>(a.length, dmi.get_end_address() - a.address + 1));
                unsigned char *there = dmi.get_dmi_ptr() + (a.address - dmi.get_start_address());
                if (a.command == tlm::TLM_READ_COMMAND)
                    memcpy(a.data(), there, a.length);
                else
                    memcpy(there, a.data(), a.length);
                model.expect_debug(a, want);
            } else {
                const unsigned count = h.socket->transport_dbg(payload);
                ck_assert_uint_eq(count, model.expect_debug(a, want));
            }
            ck_assert_mem_eq(a.buffer, want, sizeof want);
        }
        ck_assert(sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME);
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), 0);
    });
}
END_TEST

START_TEST(random_phased_transactions)
{
    DeviceChip chip;
    ChipDevice device("device", chip.b.chip, &chip.b.costs);
    sc_core::sc_signal<bool> line("line");
    Memory memory("memory");
    PhasedHost host("host");
    TlmChecker checker("checker");
    device.interrupt(line);
    device.dma.bind(memory.socket);
    host.socket.bind(checker.initiator_side);
    checker.target_side.bind(device.registers);
    Model model;
    Dice dice(static_cast<unsigned>(200 + _i));
    Pool pool;
    enum { ROUNDS = 500, AT_ONCE = 3 };
    std::vector<Access> accesses(AT_ONCE);
    std::vector<std::unique_ptr<Payload>> payloads;
    for (unsigned i = 0; i < AT_ONCE; ++i)
        payloads.push_back(std::make_unique<Payload>(&pool));
    host.program = [&](PhasedHost &h) {
        for (unsigned round = 0; round < ROUNDS; ++round) {
            const std::size_t n = 1 + dice.below(AT_ONCE);
            h.answered.clear();
            const sc_core::sc_time began = sc_core::sc_time_stamp();
            for (std::size_t i = 0; i < n; ++i) {
                accesses[i] = dice.access(true);
                accesses[i].fill(payloads[i].get());
                payloads[i]->acquire();
                h.begin(*payloads[i]);
            }
            const sc_core::sc_time ended = sc_core::sc_time_stamp();
            h.expect_answers(n);
            for (std::size_t i = 0; i < n; ++i) {
                unsigned char want[sizeof accesses[i].buffer];
                ck_assert_int_eq(payloads[i]->get_response_status(),
                                 model.expect(accesses[i], want));
                ck_assert_mem_eq(accesses[i].buffer, want, sizeof want);
                payloads[i]->release();
            }
            /* a transaction alone takes what its words take */
            if (n == 1)
                ck_assert(ended - began ==
                          sc_core::sc_time(10.0 * ((accesses[0].length + 3) / 4), sc_core::SC_NS));
        }
    };
    sc_core::sc_start();
    ck_assert(host.finished);
    for (const std::string &violation : checker.violations())
        ck_abort_msg("%s", violation.c_str());
    ck_assert_uint_ge(checker.transactions(), ROUNDS);
    ck_assert_uint_eq(pool.freed, checker.transactions());
}
END_TEST

/* Random runs by windows and by DMA, as software would: whatever the order, the logits are right
 * and DMA keeps the rules. */
START_TEST(random_runs)
{
    const bool is_uneven = _i % 2 == 1;
    Platform p(Special{is_uneven, {}});
    Dice dice(static_cast<unsigned>(300 + _i));
    p.run([&](Host &h) {
        for (unsigned k = 0; k < 12; ++k) {
            const bool with_dma = dice.one_in(2), with_interrupt = dice.one_in(2);
            const auto first = static_cast<std::uint32_t>(dice.below(SEQUENCES));
            const auto count = static_cast<std::uint32_t>(1 + dice.below(SEQUENCES - first));
            const std::uint32_t at = static_cast<std::uint32_t>(dice.below(0x4000)) & ~3u;
            const bool with_lengths = is_uneven || dice.one_in(3);
            const unsigned step = 2 * sizeof(float), table = with_lengths ? count * 4 : 0;
            auto *inputs =
                reinterpret_cast<unsigned char *>(p.inputs.data()) + p.first_step[first] * step;
            const unsigned size = (p.first_step[first + count] - p.first_step[first]) * step;
            if (with_dma) {
                memcpy(&p.memory.bytes[at], inputs, size);
                memcpy(&p.memory.bytes[0x7000], p.lengths + first, count * 4);
            } else {
                if (with_lengths)
                    h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.lengths + first, table);
                h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW + table, inputs, size);
            }
            h.write(OHM_REG_LENGTHS_LOW, 0x7000);
            h.write(OHM_REG_SEQUENCES, count);
            h.write(OHM_REG_LENGTH, LENGTH);
            h.write(OHM_REG_FIRST_LOW, first);
            h.write(OHM_REG_INPUT_LOW, at);
            h.write(OHM_REG_OUTPUT_LOW, 0x8000 + at);
            h.write(OHM_REG_CONTROL, OHM_CONTROL_START | (with_dma ? OHM_CONTROL_DMA : 0) |
                                         (with_lengths ? OHM_CONTROL_LENGTHS : 0) |
                                         (with_interrupt ? OHM_CONTROL_INTERRUPT : 0));
            if (with_interrupt && !h.interrupt.read()) wait(h.interrupt.posedge_event());
            ck_assert_uint_eq(h.poll(), OHM_STATUS_DONE);
            ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), with_interrupt);
            std::vector<std::int32_t> got(count * 4);
            const auto bytes = static_cast<unsigned>(got.size() * 4);
            if (with_dma)
                memcpy(got.data(), &p.memory.bytes[0x8000 + at], bytes);
            else
                h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got.data(), bytes);
            ck_assert_mem_eq(got.data(), p.want + first * 4, bytes);
            h.write(OHM_REG_INTERRUPT, 1);
            wait(sc_core::sc_time(static_cast<double>(dice.below(5000)), sc_core::SC_PS));
        }
    });
    ck_assert_uint_ge(p.dma.transactions(), 2);
}
END_TEST

int main()
{
    Suite *s = suite_create("platform tlm");
    TCase *t = tcase_create("device");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, random_blocking_transactions, 0, 3);
    tcase_add_test(t, forbidden_transactions_are_refused);
    tcase_add_loop_test(t, random_debug_and_direct_accesses, 0, 2);
    tcase_add_loop_test(t, random_phased_transactions, 0, 3);
    tcase_add_loop_test(t, random_runs, 0, 6);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
