/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trace files: waves (VCD, for GTKWave) and a timeline (trace events, for Perfetto), both written
 * from the same spans, and only if requested. */
#ifndef OHM_SIM_PLATFORM_TRACES_H
#define OHM_SIM_PLATFORM_TRACES_H

#include "core/files/file.h"
#include "tiles/sc/trace.h"

#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace ohm
{

/* One writer of spans into a file. */
class TraceFile
{
  public:
    virtual ~TraceFile();

    ohm_status open(const char *path, bool force, ohm_err *err);

    virtual void track(std::size_t id, const std::string &group, const std::string &name) = 0;
    virtual void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
                      Ticks end) = 0;

    /* Writes what is pending and commits the file. */
    ohm_status close(ohm_err *err);

  protected:
    virtual void finish() = 0;

    ohm_outfile file_ = {};
    bool is_open_ = false;
};

/* Value change dump: a track is a wire, 1 while busy, and the number of the token. */
class Waves : public TraceFile
{
  public:
    void track(std::size_t id, const std::string &group, const std::string &name) override;
    void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
              Ticks end) override;

  private:
    struct Change {
        Ticks at;
        std::uint64_t order; /* of equal times: as recorded */
        std::size_t track;
        bool busy;
        std::uint64_t ticket;
        bool operator>(const Change &other) const
        {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void finish() override;
    void header();
    void write_until(Ticks time);

    std::vector<std::pair<std::string, std::string>> tracks_;
    std::priority_queue<Change, std::vector<Change>, std::greater<Change>> pending_;
    std::vector<unsigned> depth_; /* spans open on a track */
    std::uint64_t order_ = 0;
    Ticks written_ = 0;
    bool has_header_ = false;
};

/* Trace events: one process per unit, one thread per track. */
class Timeline : public TraceFile
{
  public:
    void track(std::size_t id, const std::string &group, const std::string &name) override;
    void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
              Ticks end) override;

  private:
    void finish() override;
    void separate();

    std::vector<std::string> groups_;
    std::vector<std::size_t> group_of_;
    bool has_events_ = false;
};

class Traces : public Tracer
{
  public:
    /* NULL paths: no such trace. */
    ohm_status open(const char *vcd_path, const char *timeline_path, bool force, ohm_err *err);

    /* This, or NULL if nothing is traced. */
    Tracer *tracer() { return files_.empty() ? nullptr : this; }

    /* After a run: completes the files. Later runs are not traced. */
    ohm_status flush(ohm_err *err);

    std::size_t track(const std::string &group, const std::string &name) override;
    void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
              Ticks end) override;

  private:
    std::vector<std::unique_ptr<TraceFile>> files_;
    std::size_t tracks_ = 0;
    bool is_closed_ = false;
};

} // namespace ohm

#endif
