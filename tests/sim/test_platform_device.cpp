/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip as a TLM-2.0 device: software sees the batch engine's logits whichever way it takes, and
 * the sockets keep the rules of the base protocol (IEEE 1666-2011, clauses 11, 14 and 15). */
#include "sim/platform/device.h"

#include <functional>
#include <string>

#include "platform_support.h" /* last: Check defines a macro `fail` */

using namespace ohm;

namespace
{

const random_graph_shape model = {2, 8, 2, 1, 4, 8, 8, 8, false, true, false, false};
enum { SEQUENCES = 3, LENGTH = 9, MEMORY = 1 << 16 };

/* Memory of the platform: 1 us for every burst, an error beyond its end. */
struct Memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<Memory> socket;
    std::vector<unsigned char> bytes;
    unsigned bursts = 0;

    explicit Memory(sc_core::sc_module_name name) : sc_module(name), socket("socket"), bytes(MEMORY)
    {
        socket.register_b_transport(this, &Memory::transport);
    }
    void transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
    {
        ++bursts;
        delay += sc_core::sc_time(1, sc_core::SC_US);
        if (p.get_address() + p.get_data_length() > bytes.size()) {
            p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        unsigned char *at = bytes.data() + p.get_address();
        if (p.is_read())
            memcpy(p.get_data_ptr(), at, p.get_data_length());
        else
            memcpy(at, p.get_data_ptr(), p.get_data_length());
        p.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

/* The processor: runs a test's program in a thread. */
struct Host : sc_core::sc_module {
    OHM_HAS_PROCESS(Host);
    tlm_utils::simple_initiator_socket<Host> socket;
    sc_core::sc_in<bool> interrupt;
    std::function<void(Host &)> program;
    bool finished = false;
    sc_core::sc_time delay;

    explicit Host(sc_core::sc_module_name name)
        : sc_module(name), socket("socket"), interrupt("interrupt")
    {
        SC_THREAD(run);
    }
    void run()
    {
        program(*this);
        finished = true;
    }
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void *data,
                                    unsigned length)
    {
        tlm::tlm_generic_payload p;
        auto *bytes = static_cast<unsigned char *>(data);
        delay = sc_core::SC_ZERO_TIME;
        p.set_command(command);
        p.set_address(address);
        p.set_data_ptr(bytes);
        p.set_data_length(length);
        p.set_streaming_width(length);
        p.set_byte_enable_ptr(nullptr);
        p.set_dmi_allowed(false);
        p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        socket->b_transport(p, delay);
        /* a target must not touch these */
        ck_assert(p.get_command() == command && p.get_address() == address);
        ck_assert(p.get_data_ptr() == bytes && p.get_data_length() == length);
        ck_assert(p.get_streaming_width() == length && !p.get_byte_enable_ptr());
        ck_assert_int_ne(p.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
        wait(delay);
        return p.get_response_status();
    }
    void write(std::uint64_t address, std::uint32_t value)
    {
        ck_assert_int_eq(access(tlm::TLM_WRITE_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
    }
    std::uint32_t read(std::uint64_t address)
    {
        std::uint32_t value = 0;
        ck_assert_int_eq(access(tlm::TLM_READ_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
        return value;
    }
    void sizes()
    {
        write(OHM_REG_SEQUENCES, SEQUENCES);
        write(OHM_REG_LENGTH, LENGTH);
        write(OHM_REG_FIRST_LOW, 0);
    }
};

struct Platform {
    bench_chip b;
    std::int32_t want[SEQUENCES * 10];
    std::vector<float> inputs;
    sc_core::sc_signal<bool> line;
    std::unique_ptr<ChipDevice> device;
    std::unique_ptr<Memory> memory;
    std::unique_ptr<Host> host;

    Platform()
    {
        set_time_resolution();
        sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
        ohm_chip_config c = default_chip();
        set_chip(&c, "device.law", "pcm_joshi2020");
        make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, LENGTH, 3);
        for (std::size_t i = 0; i < SEQUENCES; ++i) { /* the device runs equal lengths */
            b.sequences.inputs[i] =
                static_cast<float *>(realloc(b.sequences.inputs[i], LENGTH * 2 * sizeof(float)));
            for (std::size_t k = b.sequences.lengths[i] * 2; k < LENGTH * 2; ++k)
                b.sequences.inputs[i][k] = static_cast<float>(k % 5) * 0.2F - 0.4F;
            b.sequences.lengths[i] = LENGTH;
            inputs.insert(inputs.end(), b.sequences.inputs[i], b.sequences.inputs[i] + LENGTH * 2);
        }
        run_batch(&b, want);
        device = std::make_unique<ChipDevice>("device", b.chip, &b.costs);
        memory = std::make_unique<Memory>("memory");
        host = std::make_unique<Host>("host");
        device->interrupt(line);
        host->interrupt(line);
        host->socket.bind(device->registers);
        device->dma.bind(memory->socket);
    }
    void run(std::function<void(Host &)> program)
    {
        host->program = std::move(program);
        sc_core::sc_start();
        ck_assert(host->finished);
    }
    void expect_logits(const void *got) const
    {
        ck_assert_mem_eq(got, want, SEQUENCES * 4 * sizeof want[0]);
    }
};

} // namespace

START_TEST(software_runs_sequences_through_the_windows)
{
    Platform p;
    p.run([&](Host &h) {
        ck_assert_uint_eq(h.read(OHM_REG_ID), OHM_REG_ID_VALUE);
        ck_assert_uint_eq(h.read(OHM_REG_CHANNELS), 2);
        ck_assert_uint_eq(h.read(OHM_REG_CLASSES), 4);
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), 0);
        h.access(tlm::TLM_WRITE_COMMAND, OHM_INPUT_WINDOW, p.inputs.data(),
                 static_cast<unsigned>(p.inputs.size() * 4));
        h.sizes();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_BUSY);
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        wait(h.interrupt.posedge_event());
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_DONE);
        ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), 1);
        const double ns = h.read(OHM_REG_TIME_LOW);
        ck_assert_double_eq_tol(ns, p.device->result().duration_sec * 1e9, 0.51);
        /* the start is a write and a read of 10 ns ago */
        ck_assert_double_eq_tol((sc_core::sc_time_stamp() - began).to_seconds() * 1e9, ns, 61);
        ck_assert_double_eq_tol(h.read(OHM_REG_ENERGY_LOW),
                                ohm_ledger_energy(&p.device->result().ledger) * 1e12, 0.51);
        std::int32_t got[SEQUENCES * 4];
        h.access(tlm::TLM_READ_COMMAND, OHM_OUTPUT_WINDOW, got, sizeof got);
        p.expect_logits(got);
        h.write(OHM_REG_INTERRUPT, 1);
        wait(sc_core::SC_ZERO_TIME);
        wait(sc_core::SC_ZERO_TIME);
        ck_assert(!h.interrupt.read());
        ck_assert_uint_eq(h.read(OHM_REG_INTERRUPT), 0);
    });
    drop_chip(&p.b);
}
END_TEST

START_TEST(software_runs_sequences_by_dma_and_polls)
{
    Platform p;
    p.run([&](Host &h) {
        memcpy(p.memory->bytes.data() + 0x100, p.inputs.data(), p.inputs.size() * 4);
        h.sizes();
        h.write(OHM_REG_INPUT_LOW, 0x100);
        h.write(OHM_REG_OUTPUT_LOW, 0x8000);
        const sc_core::sc_time began = sc_core::sc_time_stamp();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_DMA);
        while (h.read(OHM_REG_STATUS) & OHM_STATUS_BUSY) {
        }
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_DONE);
        ck_assert(!h.interrupt.read()); /* not asked for */
        p.expect_logits(p.memory->bytes.data() + 0x8000);
        /* 216 bytes in, 48 out: a burst each, a microsecond each */
        ck_assert_uint_eq(p.memory->bursts, 2);
        ck_assert_double_ge((sc_core::sc_time_stamp() - began).to_seconds(),
                            2e-6 + p.device->result().duration_sec);
    });
    drop_chip(&p.b);
}
END_TEST

START_TEST(software_reaches_the_windows_directly)
{
    Platform p;
    p.run([&](Host &h) {
        tlm::tlm_generic_payload payload;
        tlm::tlm_dmi in, out, none;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(OHM_INPUT_WINDOW + 100);
        ck_assert(h.socket->get_direct_mem_ptr(payload, in));
        ck_assert_uint_eq(in.get_start_address(), OHM_INPUT_WINDOW);
        ck_assert_uint_eq(in.get_end_address(), OHM_INPUT_WINDOW + OHM_WINDOW_BYTES - 1);
        ck_assert(in.is_read_write_allowed());
        memcpy(in.get_dmi_ptr(), p.inputs.data(), p.inputs.size() * 4);
        payload.set_address(OHM_OUTPUT_WINDOW);
        ck_assert(h.socket->get_direct_mem_ptr(payload, out));
        payload.set_address(OHM_REG_STATUS);
        ck_assert(!h.socket->get_direct_mem_ptr(payload, none));
        ck_assert_uint_ge(none.get_end_address(), OHM_REG_END - 1); /* the range denied */
        h.sizes();
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START | OHM_CONTROL_INTERRUPT);
        wait(h.interrupt.posedge_event());
        p.expect_logits(out.get_dmi_ptr());
    });
    drop_chip(&p.b);
}
END_TEST

START_TEST(what_cannot_be_run_ends_in_an_error)
{
    Platform p;
    p.run([&](Host &h) {
        const auto run = [&](std::uint32_t control) {
            h.write(OHM_REG_CONTROL, control | OHM_CONTROL_START);
            while (h.read(OHM_REG_STATUS) & OHM_STATUS_BUSY) {
            }
            return h.read(OHM_REG_STATUS);
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
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START); /* a second START while busy */
        h.write(OHM_REG_CONTROL, OHM_CONTROL_START);
        while (h.read(OHM_REG_STATUS) & OHM_STATUS_BUSY) {
        }
        ck_assert_uint_eq(h.read(OHM_REG_STATUS), OHM_STATUS_DONE | OHM_STATUS_ERROR);
        ck_assert_uint_eq(run(0), OHM_STATUS_DONE); /* and all is well again */
    });
    drop_chip(&p.b);
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

        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay(5, sc_core::SC_NS);
        payload.set_command(tlm::TLM_READ_COMMAND);
        payload.set_address(OHM_INPUT_WINDOW);
        payload.set_data_ptr(bytes);
        payload.set_data_length(8);
        payload.set_streaming_width(4);
        payload.set_byte_enable_ptr(nullptr);
        h.socket->b_transport(payload, delay);
        ck_assert_int_eq(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
        payload.set_streaming_width(8);
        payload.set_byte_enable_ptr(bytes);
        payload.set_byte_enable_length(8);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        h.socket->b_transport(payload, delay);
        ck_assert_int_eq(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        payload.set_byte_enable_ptr(nullptr);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        h.socket->b_transport(payload, delay);
        ck_assert(payload.is_response_ok() && payload.is_dmi_allowed());
        /* a delay is added to, never overwritten */
        ck_assert(delay == sc_core::sc_time(5 + 3 * 20, sc_core::SC_NS));
    });
    drop_chip(&p.b);
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
    drop_chip(&p.b);
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
    sc_core::sc_signal<bool> line("line");
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
    drop_chip(&p.b);
}
END_TEST

int main()
{
    Suite *s = suite_create("platform device");
    TCase *t = tcase_create("tlm");
    tcase_add_test(t, software_runs_sequences_through_the_windows);
    tcase_add_test(t, software_runs_sequences_by_dma_and_polls);
    tcase_add_test(t, software_reaches_the_windows_directly);
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
