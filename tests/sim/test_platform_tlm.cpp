/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device under thousands of random transactions at fixed seeds, legal and illegal, against a
 * model of its memory map written from registers.h and device.h; and the checker of the base
 * protocol itself against targets and initiators that break one rule each. */
#include "device_bench.h"

#include <algorithm>
#include <random>
#include <set>

using namespace ohm;

namespace
{

using Payload = tlm::tlm_generic_payload;
enum { GUARD = 16, LONGEST = 96 };

/* A transaction with its memory, and bytes on either side of it that nobody may touch. */
struct Access {
    tlm::tlm_command command = tlm::TLM_READ_COMMAND;
    std::uint64_t address = 0;
    unsigned length = 4, width = 4;
    std::vector<unsigned char> enables; /* empty: none */
    unsigned char buffer[GUARD + LONGEST + GUARD], before[GUARD + LONGEST + GUARD];

    unsigned char *data() { return buffer + GUARD; }
    void fill(Payload *p)
    {
        memcpy(before, buffer, sizeof buffer);
        p->set_command(command);
        p->set_address(address);
        p->set_data_ptr(data());
        p->set_data_length(length);
        p->set_streaming_width(width);
        p->set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
        p->set_byte_enable_length(static_cast<unsigned>(enables.size()));
        p->set_dmi_allowed(false);
        p->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }
    bool is_enabled(unsigned i) const { return enables.empty() || enables[i % enables.size()]; }
    bool is_all_enabled() const
    {
        for (unsigned i = 0; i < length; ++i)
            if (!is_enabled(i)) return false;
        return true;
    }
};

/* What the memory map promises, apart from what a run changes. */
class Model
{
  public:
    Model() : input_(OHM_WINDOW_BYTES), output_(OHM_WINDOW_BYTES)
    {
        for (std::uint64_t r = OHM_REG_SEQUENCES; r <= OHM_REG_FIRST_HIGH; r += 4)
            writable_.insert(r);
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

namespace
{

/* Counts the references, as the four phases demand, and frees nothing. */
struct Pool : tlm::tlm_mm_interface {
    unsigned freed = 0;
    void free(Payload *) override { ++freed; }
};

/* An initiator of the four-phase kind with several transactions under way. It ends every other
 * response at once, the rest a little later. */
struct PhasedHost : sc_core::sc_module {
    OHM_HAS_PROCESS(PhasedHost);
    tlm_utils::simple_initiator_socket<PhasedHost> socket;
    sc_core::sc_event request_over, response, to_be_ended;
    std::vector<Payload *> answered;
    Payload *late = nullptr;
    std::function<void(PhasedHost &)> program;
    bool finished = false;

    explicit PhasedHost(sc_core::sc_module_name name) : sc_module(name), socket("socket")
    {
        socket.register_nb_transport_bw(this, &PhasedHost::backward);
        SC_THREAD(run);
        SC_METHOD(end);
        sensitive << to_be_ended;
        dont_initialize();
    }
    void run()
    {
        program(*this);
        finished = true;
    }
    tlm::tlm_sync_enum backward(Payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay)
    {
        if (phase == tlm::END_REQ) {
            request_over.notify(delay);
            return tlm::TLM_ACCEPTED;
        }
        answered.push_back(&p);
        response.notify(delay);
        if (answered.size() % 2) {
            late = &p;
            to_be_ended.notify(delay);
            return tlm::TLM_ACCEPTED;
        }
        phase = tlm::END_RESP;
        return tlm::TLM_UPDATED;
    }
    void end()
    {
        tlm::tlm_phase phase = tlm::END_RESP;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        socket->nb_transport_fw(*late, phase, delay);
    }
    /* Sends, and waits for the end of the request. */
    void begin(Payload &p)
    {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        const tlm::tlm_sync_enum answer = socket->nb_transport_fw(p, phase, delay);
        ck_assert_int_ne(answer, tlm::TLM_COMPLETED);
        if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ)
            wait(delay);
        else
            wait(request_over | response);
    }
    void expect_answers(std::size_t n)
    {
        while (answered.size() < n)
            wait(response);
        wait(sc_core::sc_time(1, sc_core::SC_NS)); /* for the last END_RESP */
    }
};

} // namespace

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
    Platform p;
    Dice dice(static_cast<unsigned>(300 + _i));
    p.run([&](Host &h) {
        for (unsigned k = 0; k < 12; ++k) {
            const bool with_dma = dice.one_in(2), with_interrupt = dice.one_in(2);
            const auto first = static_cast<std::uint32_t>(dice.below(SEQUENCES));
            const auto count = static_cast<std::uint32_t>(1 + dice.below(SEQUENCES - first));
            const std::uint32_t at = static_cast<std::uint32_t>(dice.below(0x4000)) & ~3u;
            const unsigned step = LENGTH * 2 * sizeof(float);
            auto *inputs = reinterpret_cast<unsigned char *>(p.inputs.data()) + first * step;
            if (with_dma)
                memcpy(&p.memory.bytes[at], inputs, count * step);
            else
                h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, inputs, count * step);
            h.write(OHM_REG_SEQUENCES, count);
            h.write(OHM_REG_LENGTH, LENGTH);
            h.write(OHM_REG_FIRST_LOW, first);
            h.write(OHM_REG_INPUT_LOW, at);
            h.write(OHM_REG_OUTPUT_LOW, 0x8000 + at);
            h.write(OHM_REG_CONTROL, OHM_CONTROL_START | (with_dma ? OHM_CONTROL_DMA : 0) |
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

/* ---- the checker itself ------------------------------------------------------------------------
 */

namespace
{

enum Sin {
    HONEST,
    COMMAND,
    ADDRESS,
    POINTER,
    DATA_LENGTH,
    WIDTH,
    ENABLES,
    MASK,
    WRITTEN,
    DISABLED,
    NO_STATUS,
    WRONG_STATUS,
    HINT_AFTER_ERROR,
    FALSE_HINT,
    TIME_BACK,
    DEBUG_WAITS,
    DEBUG_MORE,
    DMI_RANGE,
    DMI_NULL,
    EMPTY_RANGE,
    TARGET_SINS
};

const char *const complaint[TARGET_SINS] = {nullptr,
                                            "the command was changed",
                                            "the address was changed",
                                            "the data pointer was changed",
                                            "the data length was changed",
                                            "the streaming width was changed",
                                            "the byte enables were changed",
                                            "a byte enable was changed",
                                            "data were changed that were not read",
                                            "data were changed that were not read",
                                            "the response status was not set",
                                            "the response status is none",
                                            "a DMI hint after an error",
                                            "the DMI hint was false",
                                            "time went backwards",
                                            "debugging took time",
                                            "more was debugged",
                                            "another than asked for",
                                            "DMI without a pointer",
                                            "an empty range"};

/* A target that breaks one rule. */
struct Sinner : sc_core::sc_module {
    tlm_utils::simple_target_socket<Sinner> socket;
    Sin sin;
    unsigned char memory[64] = {0}, other[64] = {0};

    Sinner(sc_core::sc_module_name name, Sin which) : sc_module(name), socket("socket"), sin(which)
    {
        socket.register_b_transport(this, &Sinner::transport);
        socket.register_transport_dbg(this, &Sinner::debug);
        socket.register_get_direct_mem_ptr(this, &Sinner::direct);
    }
    void transport(Payload &p, sc_core::sc_time &delay)
    {
        delay += sc_core::sc_time(1, sc_core::SC_NS);
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        if (sin == COMMAND) p.set_command(tlm::TLM_IGNORE_COMMAND);
        if (sin == ADDRESS) p.set_address(p.get_address() + 1);
        if (sin == POINTER) p.set_data_ptr(other);
        if (sin == DATA_LENGTH) p.set_data_length(p.get_data_length() - 1);
        if (sin == WIDTH) p.set_streaming_width(1);
        if (sin == ENABLES) p.set_byte_enable_ptr(nullptr);
        if (sin == MASK) p.get_byte_enable_ptr()[0] ^= 0xff;
        if (sin == WRITTEN && p.is_write()) p.get_data_ptr()[0] ^= 1;
        if (sin == DISABLED && p.is_read()) p.get_data_ptr()[1] ^= 1;
        if (sin == NO_STATUS) p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        if (sin == WRONG_STATUS) p.set_response_status(static_cast<tlm::tlm_response_status>(2));
        if (sin == HINT_AFTER_ERROR) {
            p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            p.set_dmi_allowed(true);
        }
        if (sin == FALSE_HINT) p.set_dmi_allowed(true);
        if (sin == TIME_BACK) delay = sc_core::SC_ZERO_TIME;
        if (sin == EMPTY_RANGE) socket->invalidate_direct_mem_ptr(1, 0);
    }
    unsigned debug(Payload &p)
    {
        if (sin == DEBUG_WAITS) wait(sc_core::sc_time(1, sc_core::SC_NS));
        return p.get_data_length() + (sin == DEBUG_MORE ? 1 : 0);
    }
    bool direct(Payload &p, tlm::tlm_dmi &dmi)
    {
        const std::uint64_t off = sin == DMI_RANGE ? 1 : 0;
        dmi.set_start_address(p.get_address() + off);
        dmi.set_end_address(p.get_address() + off);
        dmi.set_dmi_ptr(sin == DMI_NULL ? nullptr : memory);
        dmi.allow_read_write();
        return sin != FALSE_HINT;
    }
};

/* A checker between a host and a target, and what it complained about. */
struct Court {
    Host host{"host"};
    sc_core::sc_signal<bool> line{"line"};
    TlmChecker checker{"checker"};
    Sinner target;

    explicit Court(Sin sin) : target("target", sin)
    {
        host.interrupt(line);
        host.socket.bind(checker.initiator_side);
        checker.target_side.bind(target.socket);
    }
    void hear(std::function<void(Host &)> program)
    {
        host.program = std::move(program);
        sc_core::sc_start();
        ck_assert(host.finished);
    }
    bool complains(const char *about) const
    {
        return std::any_of(
            checker.violations().begin(), checker.violations().end(),
            [&](const std::string &v) { return v.find(about) != std::string::npos; });
    }
};

void everything(Host &h)
{
    for (tlm::tlm_command command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) {
        Access a;
        Payload payload;
        tlm::tlm_dmi dmi;
        sc_core::sc_time delay(5, sc_core::SC_NS);
        memset(a.buffer, 7, sizeof a.buffer);
        a.command = command;
        a.enables = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
        a.fill(&payload);
        h.socket->b_transport(payload, delay);
        a.fill(&payload);
        h.socket->transport_dbg(payload);
        a.fill(&payload);
        h.socket->get_direct_mem_ptr(payload, dmi);
    }
}

} // namespace

START_TEST(checker_finds_what_a_target_does_wrong)
{
    Court court(static_cast<Sin>(_i));
    court.hear(everything);
    if (_i == HONEST) {
        ck_assert_uint_eq(court.checker.violations().size(), 0);
    } else {
        ck_assert_msg(court.complains(complaint[_i]), "sin %d: %s", _i,
                      court.checker.violations().empty() ? "nothing"
                                                         : court.checker.violations()[0].c_str());
    }
}
END_TEST

START_TEST(checker_finds_what_an_initiator_does_wrong)
{
    Court court(HONEST);
    court.hear([](Host &h) {
        for (int sin = 0; sin < 7; ++sin) {
            Access a;
            Payload p;
            sc_core::sc_time delay;
            unsigned char odd = 0x0f;
            a.fill(&p);
            if (sin == 0) p.set_response_status(tlm::TLM_OK_RESPONSE);
            if (sin == 1) p.set_dmi_allowed(true);
            if (sin == 2) p.set_data_ptr(nullptr);
            if (sin == 3) p.set_data_length(0);
            if (sin == 4) p.set_streaming_width(0);
            if (sin == 5 || sin == 6) p.set_byte_enable_ptr(&odd);
            p.set_byte_enable_length(sin == 6 ? 1 : 0);
            h.socket->b_transport(p, delay);
        }
    });
    ck_assert_uint_eq(court.checker.violations().size(), 7);
    for (const char *what :
         {"status must be incomplete", "hint must be false", "pointer must not be null",
          "data length must not be 0", "width must not be 0", "enable length must not be 0",
          "must be 0 or 0xff"})
        ck_assert_msg(court.complains(what), "%s", what);
}
END_TEST

START_TEST(checker_finds_phases_out_of_turn)
{
    TlmChecker checker("checker");
    Sinner target("target", HONEST);
    PhasedHost host("host");
    host.socket.bind(checker.initiator_side);
    checker.target_side.bind(target.socket);
    Pool pool;
    Payload p(&pool), other(&pool);
    Access a, b;
    host.program = [&](PhasedHost &h) {
        a.fill(&p);
        b.fill(&other);
        p.acquire();
        other.acquire();
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        h.socket->nb_transport_fw(p, phase, delay);
        phase = tlm::BEGIN_REQ; /* before the first request has ended */
        h.socket->nb_transport_fw(other, phase, delay);
        h.expect_answers(2);
    };
    sc_core::sc_start();
    ck_assert(host.finished);
    ck_assert_uint_ge(checker.violations().size(), 1);
    ck_assert_str_eq(checker.violations()[0].c_str(),
                     "initiator: BEGIN_REQ before the last request has ended");
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
    tcase_add_loop_test(t, random_runs, 0, 3);
    suite_add_tcase(s, t);
    TCase *c = tcase_create("checker");
    tcase_add_loop_test(c, checker_finds_what_a_target_does_wrong, HONEST, TARGET_SINS);
    tcase_add_test(c, checker_finds_what_an_initiator_does_wrong);
    tcase_add_test(c, checker_finds_phases_out_of_turn);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
