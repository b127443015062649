/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus.h"

#include <algorithm>
#include <cstring>

Bus::Bus(sc_core::sc_module_name name, sc_core::sc_time latency)
    : sc_module(name), initiators("initiators"), targets("targets"), latency_(latency)
{
    initiators.register_b_transport(this, &Bus::transport);
    initiators.register_transport_dbg(this, &Bus::debug);
    initiators.register_get_direct_mem_ptr(this, &Bus::direct);
    targets.register_invalidate_direct_mem_ptr(this, &Bus::invalidate);
}

int Bus::decode(std::uint64_t address) const
{
    for (std::size_t i = 0; i < ranges_.size(); ++i)
        if (address >= ranges_[i].first && address - ranges_[i].first < ranges_[i].size)
            return static_cast<int>(i);
    return -1;
}

void Bus::transport(int, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t address = payload.get_address();
    const int target = decode(address);
    if (target < 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    delay += latency_;
    payload.set_address(address - ranges_[static_cast<std::size_t>(target)].first);
    targets[target]->b_transport(payload, delay);
    payload.set_address(address); /* the initiator finds it as it was */
}

unsigned Bus::debug(int, tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address();
    const int target = decode(address);
    if (target < 0) return 0;
    payload.set_address(address - ranges_[static_cast<std::size_t>(target)].first);
    const unsigned count = targets[target]->transport_dbg(payload);
    payload.set_address(address);
    return count;
}

bool Bus::direct(int, tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi)
{
    const std::uint64_t address = payload.get_address();
    const int target = decode(address);
    if (target < 0) {
        dmi.set_start_address(address);
        dmi.set_end_address(address);
        dmi.allow_read_write();
        return false;
    }
    const Range range = ranges_[static_cast<std::size_t>(target)];
    payload.set_address(address - range.first);
    const bool granted = targets[target]->get_direct_mem_ptr(payload, dmi);
    payload.set_address(address);
    const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), range.size - 1);
    dmi.set_start_address(dmi.get_start_address() + range.first);
    dmi.set_end_address(last + range.first);
    dmi.set_read_latency(dmi.get_read_latency() + latency_);
    dmi.set_write_latency(dmi.get_write_latency() + latency_);
    return granted;
}

/* A target takes pointers back: every initiator is told, in its own addresses. */
void Bus::invalidate(int from, sc_dt::uint64 first, sc_dt::uint64 last)
{
    const Range range = ranges_[static_cast<std::size_t>(from)];
    last = std::min<std::uint64_t>(last, range.size - 1);
    for (unsigned i = 0; i < initiators.size(); ++i)
        initiators[static_cast<int>(i)]->invalidate_direct_mem_ptr(first + range.first,
                                                                   last + range.first);
}

Memory::Memory(sc_core::sc_module_name name, std::size_t size, sc_core::sc_time per_word)
    : sc_module(name), socket("socket"), bytes_(size), per_word_(per_word)
{
    socket.register_b_transport(this, &Memory::transport);
    socket.register_transport_dbg(this, &Memory::debug);
    socket.register_get_direct_mem_ptr(this, &Memory::direct);
}

void Memory::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    if (payload.get_byte_enable_ptr()) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    } else if (payload.get_streaming_width() < payload.get_data_length()) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else if (debug(payload) != payload.get_data_length()) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else {
        payload.set_dmi_allowed(true);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    delay += per_word_ * static_cast<double>((payload.get_data_length() + 3) / 4);
}

/* All or nothing. */
unsigned Memory::debug(tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    if (length > bytes_.size() || address > bytes_.size() - length) return 0;
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &bytes_[address], length);
    if (payload.is_write()) std::memcpy(&bytes_[address], payload.get_data_ptr(), length);
    return static_cast<unsigned>(length);
}

bool Memory::direct(tlm::tlm_generic_payload &, tlm::tlm_dmi &dmi)
{
    dmi.set_dmi_ptr(bytes_.data());
    dmi.set_start_address(0);
    dmi.set_end_address(bytes_.size() - 1);
    dmi.set_read_latency(per_word_);
    dmi.set_write_latency(per_word_);
    dmi.allow_read_write();
    return true;
}
