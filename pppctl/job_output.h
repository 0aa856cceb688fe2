// What a job's programs write: their report, which goes to the progress, and their lines on standard error.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/line_splitter.h"
#include "base/result.h"
#include "pppctl/progress.h"
#include "pppctl/timeline.h"

namespace pppctl {

inline constexpr int report_descriptor = 5;  // of the flush programs; 6 and 7 are the line

struct JobListener {
  std::function<void()> tick;                  // a few times a second
  std::function<void(std::string_view)> said;  // a line on the programs' standard error
};

// Lines of a pipe, without ever waiting for them.
class Outlet {
 public:
  static base::Result<Outlet> make(std::size_t max_line);

  [[nodiscard]] const base::Fd& read_end() const { return pipe_.read; }
  [[nodiscard]] int write_end() const { return pipe_.write.get(); }
  void close_write_end() { pipe_.write.reset(); }
  void pass_lines(const std::function<void(std::string_view)>& to);
  void pass_rest(const std::function<void(std::string_view)>& to);

 private:
  Outlet(base::Pipe pipe, std::size_t max_line) : pipe_(std::move(pipe)), splitter_(max_line) {}
  base::Pipe pipe_;
  base::LineSplitter splitter_;
};

class JobOutput {
 public:
  // Both must outlive it.
  static base::Result<JobOutput> make(Progress& progress, const JobListener& listener);

  [[nodiscard]] int report_end() const { return report_.write_end(); }
  [[nodiscard]] int errors_end() const { return errors_.write_end(); }
  [[nodiscard]] const base::Fd& event() const { return event_; }  // readable when either has something
  void take();
  // The programs have ended: what is left, and the line that tells why.
  std::string finish();

 private:
  JobOutput(Outlet report, Outlet errors, base::Fd event, Progress& progress, const JobListener& listener)
      : report_(std::move(report)),
        errors_(std::move(errors)),
        event_(std::move(event)),
        progress_(&progress),
        listener_(&listener) {}
  void hear(std::string_view line);

  Outlet report_, errors_;
  base::Fd event_;
  Progress* progress_;
  const JobListener* listener_;
  LastWords last_;
};

}  // namespace pppctl
