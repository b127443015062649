/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Placed between an initiator and a target, checks both against the rules of the TLM-2.0 base
 * protocol (IEEE 1666, clauses 11 interfaces, 14 generic payload, 15 base protocol). Transactions
 * are passed on unchanged; every violation is a line in violations(). */
#ifndef OHM_TESTS_SIM_PLATFORM_TLM_CHECKER_H
#define OHM_TESTS_SIM_PLATFORM_TLM_CHECKER_H

#include "tiles/sc/time.h"

#include <map>
#include <string>
#include <tlm>
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

class TlmChecker : public sc_core::sc_module
{
    using Payload = tlm::tlm_generic_payload;

  public:
    tlm_utils::passthrough_target_socket<TlmChecker> initiator_side;
    tlm_utils::simple_initiator_socket<TlmChecker> target_side;

    explicit TlmChecker(sc_core::sc_module_name name)
        : sc_module(name), initiator_side("initiator_side"), target_side("target_side")
    {
        initiator_side.register_b_transport(this, &TlmChecker::blocking);
        initiator_side.register_nb_transport_fw(this, &TlmChecker::forward);
        initiator_side.register_transport_dbg(this, &TlmChecker::debug);
        initiator_side.register_get_direct_mem_ptr(this, &TlmChecker::direct);
        target_side.register_nb_transport_bw(this, &TlmChecker::backward);
        target_side.register_invalidate_direct_mem_ptr(this, &TlmChecker::invalidate);
    }

    const std::vector<std::string> &violations() const { return violations_; }
    std::size_t transactions() const { return transactions_; }
    /* Ranges taken back, in order. */
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> &invalidated() const
    {
        return invalidated_;
    }

  private:
    /* The attributes as they were, with what they point to. */
    struct Seen {
        tlm::tlm_command command;
        std::uint64_t address;
        unsigned char *data, *enables;
        unsigned length, enable_length, width;
        std::vector<unsigned char> bytes, mask;
        enum class State { request, requested, response } state = State::request;

        explicit Seen(const Payload &p, bool with_enables = true)
            : command(p.get_command()), address(p.get_address()), data(p.get_data_ptr()),
              enables(p.get_byte_enable_ptr()), length(p.get_data_length()),
              enable_length(p.get_byte_enable_length()), width(p.get_streaming_width())
        {
            if (data) bytes.assign(data, data + length);
            if (enables && with_enables) mask.assign(enables, enables + enable_length);
        }
        bool is_enabled(unsigned i) const
        {
            return mask.empty() || mask[i % mask.size()] == TLM_BYTE_ENABLED;
        }
    };

    void expect(bool holds, const char *rule)
    {
        if (!holds) violations_.push_back(rule);
    }

    void check_request(const Payload &p)
    {
        ++transactions_;
        expect(p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE,
               "initiator: the response status must be incomplete");
        expect(!p.is_dmi_allowed(), "initiator: the DMI hint must be false");
        if (p.get_command() == tlm::TLM_IGNORE_COMMAND) return;
        expect(p.get_data_ptr(), "initiator: the data pointer must not be null");
        expect(p.get_data_length() > 0, "initiator: the data length must not be 0");
        expect(p.get_streaming_width() > 0, "initiator: the streaming width must not be 0");
        if (!p.get_byte_enable_ptr()) return;
        expect(p.get_byte_enable_length() > 0, "initiator: the byte enable length must not be 0");
        for (unsigned i = 0; i < p.get_byte_enable_length(); ++i)
            expect(p.get_byte_enable_ptr()[i] == TLM_BYTE_ENABLED ||
                       p.get_byte_enable_ptr()[i] == TLM_BYTE_DISABLED,
                   "initiator: a byte enable must be 0 or 0xff");
    }

    /* What nobody but the initiator may set. */
    void check_unchanged(const Seen &was, const Payload &p)
    {
        expect(p.get_command() == was.command, "target: the command was changed");
        expect(p.get_address() == was.address, "target: the address was changed");
        expect(p.get_data_ptr() == was.data, "target: the data pointer was changed");
        expect(p.get_data_length() == was.length, "target: the data length was changed");
        expect(p.get_byte_enable_ptr() == was.enables, "target: the byte enables were changed");
        expect(p.get_byte_enable_length() == was.enable_length,
               "target: the byte enable length was changed");
        expect(p.get_streaming_width() == was.width, "target: the streaming width was changed");
        if (was.enables && p.get_byte_enable_ptr() == was.enables)
            expect(std::equal(was.mask.begin(), was.mask.end(), was.enables),
                   "target: a byte enable was changed");
        if (!was.data || p.get_data_ptr() != was.data || p.get_data_length() != was.length) return;
        bool is_same = true;
        for (unsigned i = 0; i < was.length; ++i)
            if (was.command != tlm::TLM_READ_COMMAND || !was.is_enabled(i))
                is_same = is_same && was.data[i] == was.bytes[i];
        expect(is_same, "target: data were changed that were not read");
    }

    void check_response(const Payload &p)
    {
        const int status = p.get_response_status();
        expect(status != tlm::TLM_INCOMPLETE_RESPONSE, "target: the response status was not set");
        expect(status <= tlm::TLM_OK_RESPONSE && status >= tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE,
               "target: the response status is none");
        expect(p.is_response_ok() || !p.is_dmi_allowed(), "target: a DMI hint after an error");
        if (!p.is_dmi_allowed()) return;
        Payload ask;
        tlm::tlm_dmi dmi;
        ask.set_command(p.get_command());
        ask.set_address(p.get_address());
        expect(target_side->get_direct_mem_ptr(ask, dmi), "target: the DMI hint was false");
    }

    /* --- blocking --- */

    void blocking(Payload &p, sc_core::sc_time &delay)
    {
        check_request(p);
        const Seen was(p);
        const sc_core::sc_time local = sc_core::sc_time_stamp() + delay;
        target_side->b_transport(p, delay);
        expect(sc_core::sc_time_stamp() + delay >= local, "target: time went backwards");
        check_unchanged(was, p);
        check_response(p);
    }

    /* --- four phases --- */

    using State = Seen::State;

    void begin(Payload &p)
    {
        expect(open_.count(&p) == 0, "initiator: a transaction was begun twice");
        expect(!is_requesting_, "initiator: BEGIN_REQ before the last request has ended");
        check_request(p);
        open_.emplace(&p, Seen(p));
        is_requesting_ = true;
    }
    void end_request(Seen &seen)
    {
        expect(seen.state == State::request, "target: END_REQ out of turn");
        seen.state = State::requested;
        is_requesting_ = false;
    }
    void begin_response(Payload &p, Seen &seen)
    {
        expect(seen.state != State::response, "target: BEGIN_RESP out of turn");
        expect(!is_responding_, "target: BEGIN_RESP before the last response has ended");
        if (seen.state == State::request) is_requesting_ = false; /* implies END_REQ */
        seen.state = State::response;
        is_responding_ = true;
        check_unchanged(seen, p);
        check_response(p);
    }
    void end(Payload &p)
    {
        is_responding_ = false;
        open_.erase(&p);
    }
    Seen *find(Payload &p)
    {
        const auto found = open_.find(&p);
        expect(found != open_.end(), "a phase of a transaction that was not begun");
        return found == open_.end() ? nullptr : &found->second;
    }

    tlm::tlm_sync_enum forward(Payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay)
    {
        const tlm::tlm_phase sent = phase;
        if (sent == tlm::BEGIN_REQ) {
            begin(p);
        } else if (sent == tlm::END_RESP) {
            Seen *seen = find(p);
            expect(seen && seen->state == State::response, "initiator: END_RESP out of turn");
            end(p);
        } else {
            expect(false, "initiator: a phase that is not its own");
        }
        const tlm::tlm_sync_enum answer = target_side->nb_transport_fw(p, phase, delay);
        if (answer == tlm::TLM_ACCEPTED) {
            expect(phase == sent, "target: TLM_ACCEPTED with another phase");
            return answer;
        }
        if (sent == tlm::END_RESP) return answer;
        Seen *seen = find(p);
        if (!seen) return answer;
        if (answer == tlm::TLM_COMPLETED) {
            check_unchanged(*seen, p);
            check_response(p);
            is_requesting_ = false;
            open_.erase(&p);
        } else if (phase == tlm::END_REQ) {
            end_request(*seen);
        } else if (phase == tlm::BEGIN_RESP) {
            begin_response(p, *seen);
        } else {
            expect(false, "target: TLM_UPDATED without a phase of its own");
        }
        return answer;
    }

    tlm::tlm_sync_enum backward(Payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay)
    {
        const tlm::tlm_phase sent = phase;
        Seen *seen = find(p);
        if (!seen) return tlm::TLM_COMPLETED;
        if (sent == tlm::END_REQ)
            end_request(*seen);
        else if (sent == tlm::BEGIN_RESP)
            begin_response(p, *seen);
        else
            expect(false, "target: a phase that is not its own");
        const tlm::tlm_sync_enum answer = initiator_side->nb_transport_bw(p, phase, delay);
        if (answer == tlm::TLM_ACCEPTED)
            expect(phase == sent, "initiator: TLM_ACCEPTED with another phase");
        else if (answer == tlm::TLM_UPDATED)
            expect(phase == tlm::END_RESP, "initiator: TLM_UPDATED without END_RESP");
        if (answer != tlm::TLM_ACCEPTED && sent == tlm::BEGIN_RESP) end(p);
        return answer;
    }

    /* --- debug and direct --- */

    unsigned debug(Payload &p)
    {
        ++transactions_;
        const Seen was(p, false); /* byte enables mean nothing here */
        const sc_core::sc_time time = sc_core::sc_time_stamp();
        const std::uint64_t delta = sc_core::sc_delta_count();
        const unsigned count = target_side->transport_dbg(p);
        expect(time == sc_core::sc_time_stamp() && delta == sc_core::sc_delta_count(),
               "target: debugging took time");
        expect(count <= p.get_data_length(), "target: more was debugged than asked for");
        check_unchanged(was, p);
        return count;
    }

    bool direct(Payload &p, tlm::tlm_dmi &dmi)
    {
        ++transactions_;
        const std::uint64_t address = p.get_address();
        const sc_core::sc_time time = sc_core::sc_time_stamp();
        const bool is_granted = target_side->get_direct_mem_ptr(p, dmi);
        expect(time == sc_core::sc_time_stamp(), "target: asking for DMI took time");
        expect(p.get_address() == address, "target: the address was changed");
        expect(dmi.get_start_address() <= address && address <= dmi.get_end_address(),
               "target: the DMI range is another than asked for");
        if (!is_granted) return false;
        expect(dmi.get_dmi_ptr(), "target: DMI without a pointer");
        expect(p.is_read() ? dmi.is_read_allowed() : dmi.is_write_allowed(),
               "target: DMI for another command than asked for");
        return true;
    }

    void invalidate(sc_dt::uint64 first, sc_dt::uint64 last)
    {
        expect(first <= last, "target: an empty range was taken back");
        invalidated_.emplace_back(first, last);
        initiator_side->invalidate_direct_mem_ptr(first, last);
    }

    std::vector<std::string> violations_;
    std::size_t transactions_ = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated_;
    std::map<Payload *, Seen> open_;
    bool is_requesting_ = false, is_responding_ = false;
};

#endif
