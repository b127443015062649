/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checker of the base protocol against targets and initiators that break one rule each. */
#include "tests/sim/platform/tlm_access.h"

#include <algorithm>

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
    Suite *s = suite_create("tlm checker");
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
