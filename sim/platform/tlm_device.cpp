/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/tlm_device.h"

#include "sim/platform/chip.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace ohm
{

namespace
{

constexpr std::uint64_t burst_bytes = 256;
constexpr std::uint64_t word_bytes = 4;

ohm_schedule *make_schedule(const ohm_chip *chip)
{
    ohm_schedule *schedule = nullptr;
    ohm_err err = {};
    if (ohm_schedule_make(ohm_chip_plan(chip), &schedule, &err) != OHM_OK)
        throw std::runtime_error(err.message);
    return schedule;
}

} // namespace

struct ChipDevice::Inside {
    std::unique_ptr<ohm_schedule, decltype(&ohm_schedule_free)> schedule;
    Chip chip;

    Inside(ohm_chip &values, const ohm_chip_costs &costs, Tracer *tracer)
        : schedule(make_schedule(&values), ohm_schedule_free),
          chip("chip", *schedule, values, costs, options(tracer))
    {
    }

    static ChipOptions options(Tracer *tracer)
    {
        ChipOptions how;
        how.continues_previous_run = true;
        how.tracer = tracer;
        return how;
    }
};

ChipDevice::ChipDevice(sc_core::sc_module_name name, ohm_chip *chip, const ohm_chip_costs *costs,
                       Tracer *tracer, sc_core::sc_time access_time)
    : sc_module(name), registers("registers"), dma("dma"), interrupt("interrupt"),
      access_time_(access_time), inside_(std::make_unique<Inside>(*chip, *costs, tracer)),
      channels_(ohm_chip_plan(chip)->graph->values[0].width),
      classes_(ohm_chip_plan(chip)->graph->classes), values_(OHM_REG_END / word_bytes),
      input_(OHM_WINDOW_BYTES), output_(OHM_WINDOW_BYTES), start_("start_event"),
      line_("line_event")
{
    ohm_err err = {};
    if (inside_->chip.prepare(&err) != OHM_OK) throw std::runtime_error(err.message);
    registers.register_b_transport(this, &ChipDevice::transport);
    registers.register_transport_dbg(this, &ChipDevice::debug);
    registers.register_get_direct_mem_ptr(this, &ChipDevice::direct);
    SC_THREAD(work);
    SC_METHOD(drive);
    sensitive << line_;
}

ChipDevice::~ChipDevice()
{
    ohm_platform_result_free(&result_);
}

/* --- the bus's side --- */

bool ChipDevice::window_at(std::uint64_t address, std::uint64_t length, Area *area)
{
    const Area areas[] = {{input_.data(), OHM_INPUT_WINDOW, input_.size()},
                          {output_.data(), OHM_OUTPUT_WINDOW, output_.size()}};
    for (const Area &one : areas)
        if (address >= one.first && length <= one.size &&
            address - one.first <= one.size - length) {
            *area = one;
            return true;
        }
    return false;
}

void ChipDevice::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t length = payload.get_data_length();
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    Area area;
    delay += access_time_ * static_cast<double>((length + word_bytes - 1) / word_bytes);
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        /* nothing to be done */
    } else if (length == 0 || payload.get_streaming_width() < length) {
        status = tlm::TLM_BURST_ERROR_RESPONSE;
    } else if (payload.get_byte_enable_ptr() && payload.get_byte_enable_length() == 0) {
        status = tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    } else if (window_at(payload.get_address(), length, &area)) {
        access_window(payload, area);
        payload.set_dmi_allowed(is_lendable(area));
    } else {
        status = access_register(payload, delay);
    }
    payload.set_response_status(status);
}

void ChipDevice::access_window(tlm::tlm_generic_payload &payload, const Area &area)
{
    unsigned char *there = area.bytes + (payload.get_address() - area.first);
    unsigned char *here = payload.get_data_ptr();
    const unsigned char *enables = payload.get_byte_enable_ptr();
    const unsigned length = payload.get_data_length();
    unsigned char *to = payload.is_read() ? here : there;
    const unsigned char *from = payload.is_read() ? there : here;
    if (!enables) {
        std::memcpy(to, from, length);
        return;
    }
    for (unsigned i = 0; i < length; ++i)
        if (enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED) to[i] = from[i];
}

static bool all_enabled(const tlm::tlm_generic_payload &payload)
{
    const unsigned char *enables = payload.get_byte_enable_ptr();
    for (unsigned i = 0; enables && i < payload.get_data_length(); ++i)
        if (enables[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED) return false;
    return true;
}

tlm::tlm_response_status ChipDevice::access_register(tlm::tlm_generic_payload &payload,
                                                     const sc_core::sc_time &end)
{
    const std::uint64_t address = payload.get_address();
    if (address >= OHM_REG_END || address % word_bytes != 0) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (payload.get_data_length() != word_bytes) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (!all_enabled(payload)) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    std::uint32_t value = 0;
    if (payload.is_read()) {
        value = read_register(address);
        std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    } else {
        std::memcpy(&value, payload.get_data_ptr(), sizeof value);
        write_register(address, value, end);
    }
    return tlm::TLM_OK_RESPONSE;
}

/* Looks and writes without side effects: START is not one, nor is clearing the interrupt. What is
 * asked beyond the end of an area is not answered. */
unsigned ChipDevice::debug(tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    unsigned char *here = payload.get_data_ptr();
    Area area;
    if (window_at(address, 1, &area)) {
        const auto n = static_cast<unsigned>(
            std::min<std::uint64_t>(length, area.first + area.size - address));
        unsigned char *there = area.bytes + (address - area.first);
        if (payload.is_read())
            std::memcpy(here, there, n);
        else if (payload.is_write())
            std::memcpy(there, here, n);
        else
            return 0;
        return n;
    }
    if (!payload.is_read()) return 0;
    unsigned n = 0;
    for (; n < length && address + n < OHM_REG_END; ++n) { /* any bytes of any registers */
        const std::uint64_t at = address + n;
        here[n] = static_cast<unsigned char>(read_register(at - at % word_bytes) >>
                                             (8 * (at % word_bytes)));
    }
    return n;
}

/* The output window is the chip's own while a run is to write into it. */
bool ChipDevice::is_lendable(const Area &area) const
{
    return area.first == OHM_INPUT_WINDOW || !(status_ & OHM_STATUS_BUSY) || job_.with_dma;
}

bool ChipDevice::direct(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi)
{
    constexpr std::uint64_t end = OHM_OUTPUT_WINDOW + OHM_WINDOW_BYTES;
    Area area;
    dmi.allow_read_write(); /* or, where it is refused, neither */
    if (window_at(payload.get_address(), 1, &area)) {
        dmi.set_start_address(area.first);
        dmi.set_end_address(area.first + area.size - 1);
        if (!is_lendable(area)) return false;
        dmi.set_dmi_ptr(area.bytes);
        dmi.set_read_latency(access_time_);
        dmi.set_write_latency(access_time_);
        is_output_lent_ = is_output_lent_ || area.first == OHM_OUTPUT_WINDOW;
        return true;
    }
    const bool is_below = payload.get_address() < OHM_INPUT_WINDOW;
    dmi.set_start_address(is_below ? 0 : end);
    dmi.set_end_address(is_below ? OHM_INPUT_WINDOW - 1 : ~std::uint64_t(0));
    return false;
}

/* --- registers --- */

std::uint64_t ChipDevice::wide(std::uint64_t low) const
{
    return values_[low / word_bytes] | static_cast<std::uint64_t>(values_[low / word_bytes + 1])
                                           << 32;
}

std::uint32_t ChipDevice::read_register(std::uint64_t address) const
{
    const auto ns = static_cast<std::uint64_t>(std::llround(result_.duration_sec * 1e9));
    const auto pj =
        static_cast<std::uint64_t>(std::llround(ohm_ledger_energy(&result_.ledger) * 1e12));
    switch (address) {
    case OHM_REG_ID:
        return OHM_REG_ID_VALUE;
    case OHM_REG_CONTROL:
        return 0;
    case OHM_REG_STATUS:
        return status_;
    case OHM_REG_INTERRUPT:
        return is_raised_ ? 1 : 0;
    case OHM_REG_CHANNELS:
        return static_cast<std::uint32_t>(channels_);
    case OHM_REG_CLASSES:
        return static_cast<std::uint32_t>(classes_);
    case OHM_REG_TIME_LOW:
        return static_cast<std::uint32_t>(ns);
    case OHM_REG_TIME_HIGH:
        return static_cast<std::uint32_t>(ns >> 32);
    case OHM_REG_ENERGY_LOW:
        return static_cast<std::uint32_t>(pj);
    case OHM_REG_ENERGY_HIGH:
        return static_cast<std::uint32_t>(pj >> 32);
    case OHM_REG_INPUT_SIZE:
        return static_cast<std::uint32_t>(input_.size());
    case OHM_REG_OUTPUT_SIZE:
        return static_cast<std::uint32_t>(output_.size());
    default:
        return values_[address / word_bytes];
    }
}

void ChipDevice::write_register(std::uint64_t address, std::uint32_t value,
                                const sc_core::sc_time &end)
{
    if (address == OHM_REG_CONTROL) return control(value, end);
    if (address == OHM_REG_INTERRUPT) {
        if (value & 1) {
            is_raised_ = false;
            line_.notify(sc_core::SC_ZERO_TIME);
        }
        return;
    }
    values_[address / word_bytes] = value; /* read-only ones are never read from here */
}

/* A write that ends at the time `end` from now. */
void ChipDevice::control(std::uint32_t value, const sc_core::sc_time &end)
{
    if (!(value & OHM_CONTROL_START)) return;
    if (status_ & OHM_STATUS_BUSY) {
        status_ |= OHM_STATUS_ERROR;
        return;
    }
    job_ = {values_[OHM_REG_SEQUENCES / word_bytes],
            values_[OHM_REG_LENGTH / word_bytes],
            wide(OHM_REG_FIRST_LOW),
            wide(OHM_REG_INPUT_LOW),
            wide(OHM_REG_OUTPUT_LOW),
            wide(OHM_REG_LENGTHS_LOW),
            (value & OHM_CONTROL_DMA) != 0,
            (value & OHM_CONTROL_INTERRUPT) != 0,
            (value & OHM_CONTROL_LENGTHS) != 0};
    status_ = OHM_STATUS_BUSY;
    is_staged_ = !job_.with_dma && take_inputs();
    if (!job_.with_dma && is_output_lent_) {
        is_output_lent_ = false;
        registers->invalidate_direct_mem_ptr(OHM_OUTPUT_WINDOW,
                                             OHM_OUTPUT_WINDOW + OHM_WINDOW_BYTES - 1);
    }
    start_.notify(end);
}

void ChipDevice::drive()
{
    interrupt.write(is_raised_);
}

/* --- work --- */

void ChipDevice::work()
{
    for (;;) {
        wait(start_);
        const bool succeeded = run_once();
        const std::uint32_t refused = status_ & OHM_STATUS_ERROR; /* a START in between */
        status_ = (succeeded ? OHM_STATUS_DONE : OHM_STATUS_ERROR) | refused;
        if (!job_.with_interrupt) continue;
        is_raised_ = true;
        line_.notify(sc_core::SC_ZERO_TIME);
    }
}

bool ChipDevice::refuse(const char *why)
{
    ohm_err_set(&error_, OHM_EINVAL, "%s", why);
    return false;
}

/* Bytes of n x m x k words, or all ones where that is more than can be said. */
static std::uint64_t words(std::uint64_t n, std::uint64_t m, std::uint64_t k)
{
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(n, m, &bytes) || __builtin_mul_overflow(bytes, k, &bytes) ||
        __builtin_mul_overflow(bytes, word_bytes, &bytes))
        return ~std::uint64_t(0);
    return bytes;
}

/* Steps of all sequences together. */
bool ChipDevice::count_steps(std::uint64_t *steps)
{
    if (!job_.with_lengths)
        return !__builtin_mul_overflow(job_.sequences, job_.steps, steps) ||
               refuse("the steps are more than can be counted");
    *steps = 0;
    for (std::uint32_t length : lengths_) {
        if (length == 0) return refuse("a sequence has no steps");
        *steps += length;
    }
    return true;
}

/* Inputs into staged_: from the window at once, from memory burst by burst, so that a wrong count
 * asks the platform's memory for too much, never the computer's. */
bool ChipDevice::take_inputs()
{
    lengths_.clear();
    staged_.clear();
    if (job_.sequences == 0 || (job_.steps == 0 && !job_.with_lengths))
        return refuse("SEQUENCES and LENGTH must not be 0");
    return job_.with_dma ? take_by_dma() : take_from_window();
}

bool ChipDevice::take_from_window()
{
    const char *const too_many = "the sequences do not fit the windows; use DMA";
    const std::uint64_t table = job_.with_lengths ? words(job_.sequences, 1, 1) : 0;
    std::uint64_t steps = 0;
    if (table > input_.size() || words(job_.sequences, classes_, 1) > output_.size())
        return refuse(too_many);
    lengths_.resize(table / word_bytes);
    if (table > 0) std::memcpy(lengths_.data(), input_.data(), table);
    if (!count_steps(&steps)) return false;
    const std::uint64_t bytes = words(steps, channels_, 1);
    if (bytes > input_.size() - table) return refuse(too_many);
    staged_.resize(bytes / word_bytes);
    std::memcpy(staged_.data(), input_.data() + table, bytes);
    return true;
}

bool ChipDevice::take_by_dma()
{
    std::uint64_t steps = 0;
    tlm_utils::tlm_quantumkeeper clock;
    clock.reset();
    if (job_.with_lengths && !fetch(job_.lengths, words(job_.sequences, 1, 1), lengths_, clock))
        return refuse("the lengths cannot be read by DMA");
    if (!count_steps(&steps)) return false;
    if (!fetch(job_.input, words(steps, channels_, 1), staged_, clock))
        return refuse("the inputs cannot be read by DMA");
    clock.sync();
    return true;
}

/* Words of the platform's memory, behind those that are there. */
template <typename T>
bool ChipDevice::fetch(std::uint64_t address, std::uint64_t bytes, std::vector<T> &to,
                       tlm_utils::tlm_quantumkeeper &clock)
{
    static_assert(sizeof(T) == word_bytes, "words");
    T burst[burst_bytes / word_bytes];
    if (bytes > ~address) return false; /* beyond the last one */
    for (std::uint64_t done = 0; done < bytes; done += burst_bytes) {
        const std::uint64_t n = std::min(burst_bytes, bytes - done);
        if (!move(tlm::TLM_READ_COMMAND, address + done, reinterpret_cast<unsigned char *>(burst),
                  n, clock))
            return false;
        to.insert(to.end(), burst, burst + n / word_bytes);
    }
    return true;
}

bool ChipDevice::run_once()
{
    if (!is_staged_ && (!job_.with_dma || !take_inputs())) return false;
    const std::size_t n = job_.sequences;
    std::vector<const float *> inputs(n);
    std::vector<std::size_t> lengths(n, job_.steps);
    std::vector<std::uint64_t> index(n);
    std::copy(lengths_.begin(), lengths_.end(), lengths.begin());
    const float *next = staged_.data();
    for (std::size_t i = 0; i < n; ++i) {
        inputs[i] = next;
        next += lengths[i] * channels_;
        index[i] = job_.first + i;
    }
    logits_.assign(n * classes_, 0);
    const ohm_sequence_batch batch = {n, inputs.data(), lengths.data(), index.data()};
    inside_->chip.start(batch, logits_.data());
    while (!inside_->chip.is_done())
        wait(inside_->chip.finished());
    ohm_platform_result_free(&result_);
    if (inside_->chip.report(&result_, &error_) != OHM_OK) return false;

    auto *logits = reinterpret_cast<unsigned char *>(logits_.data());
    const std::uint64_t out_bytes = logits_.size() * word_bytes;
    if (!job_.with_dma) {
        std::memcpy(output_.data(), logits, out_bytes);
        return true;
    }
    tlm_utils::tlm_quantumkeeper clock;
    clock.reset();
    if (out_bytes > ~job_.output ||
        !move(tlm::TLM_WRITE_COMMAND, job_.output, logits, out_bytes, clock))
        return refuse("the logits cannot be written by DMA");
    clock.sync();
    return true;
}

/* Bursts over the initiator socket, at most a quantum ahead of the simulation. */
bool ChipDevice::move(tlm::tlm_command command, std::uint64_t address, unsigned char *bytes,
                      std::uint64_t length, tlm_utils::tlm_quantumkeeper &clock)
{
    tlm::tlm_generic_payload payload;
    for (std::uint64_t done = 0; done < length; done += burst_bytes) {
        const auto n = static_cast<unsigned>(std::min(burst_bytes, length - done));
        sc_core::sc_time delay = clock.get_local_time();
        payload.set_command(command);
        payload.set_address(address + done);
        payload.set_data_ptr(bytes + done);
        payload.set_data_length(n);
        payload.set_streaming_width(n);
        payload.set_byte_enable_ptr(nullptr);
        payload.set_dmi_allowed(false);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        dma->b_transport(payload, delay);
        clock.set(delay);
        if (clock.need_sync()) clock.sync();
        if (payload.is_response_error()) return false;
    }
    return true;
}

} // namespace ohm
