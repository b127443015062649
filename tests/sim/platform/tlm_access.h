/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transaction with its memory and guards around it, and an initiator of the four-phase kind. */
#ifndef OHM_TESTS_SIM_PLATFORM_TLM_ACCESS_H
#define OHM_TESTS_SIM_PLATFORM_TLM_ACCESS_H

#include "tests/sim/platform/device_bench.h"

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

#endif
