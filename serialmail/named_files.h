// A client's end towards maildirserial: the names that come in on descriptor 0, the results that go out on descriptor
// 1, and what it notes of the files in the spool's journal.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/address.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/name_reader.h"
#include "serialmail/outgoing.h"
#include "serialmail/result_stream.h"

namespace serialmail {

// One body and all to whom it goes: a file, and those named right behind it that are copies of it for others.
struct Consignment {
  Outgoing body;
  std::vector<std::string> names;  // the body's first
  std::vector<mail::Address> recipients;
  bool was_given_back = false;
};

class NamedFiles {
 public:
  // The names are below the directory, which has to outlive this.
  NamedFiles(const base::Directory& directory, std::string prefix);

  [[nodiscard]] const base::Fd& input() const { return input_; }  // not valid once the names have ended
  [[nodiscard]] const base::Fd& output() const { return output_; }
  [[nodiscard]] bool ended() const { return !input_.valid() && names_.empty() && !ahead_ && returned_.empty(); }

  // A name is here or on its way to us that nobody has taken.
  [[nodiscard]] bool has_more() const;

  // One read(2) of names.
  base::Result<void> read();
  // The next file that can be sent, with what of its copies was named; files that cannot be sent are recorded as left.
  // Empty: no name is there now. may_join, if any: whether the second file may go with the first.
  using MayJoin = std::function<bool(const std::string&, const std::string&)>;
  base::Result<std::optional<Consignment>> next(const MayJoin& may_join = {});
  // The session that had it broke before it was begun: next() gives it to another one, but only once, in case it was
  // what the session broke on.
  void give_back(Consignment mail);
  base::Result<void> record(const ResultRecord& record);

  // From here on the server may have the message without our knowing it. The files named behind it are noted with it,
  // so that a fast line costs one sync for as many as are named at once; see note_rest_unsent().
  void note_sending(const std::vector<std::string>& names, const std::string& server);
  // The last octets did not leave after all.
  void note_unsent(const std::vector<std::string>& names);
  // The session broke when some octets of the body had left.
  void note_cut(const std::vector<std::string>& names);
  // At the session's end: of what was noted in advance nothing has left.
  void note_rest_unsent();

 private:
  base::Result<std::optional<Outgoing>> open_next();
  base::Result<void> refuse(const std::string& name, const Unfit& unfit);
  bool note(const std::vector<mail::Fields>& records);

  const base::Directory& directory_;
  std::string prefix_;
  mail::SpoolJournal journal_;
  NameReader names_;
  std::optional<Outgoing> ahead_;  // opened, and no copy of the one before
  std::deque<Consignment> returned_;
  std::set<std::string> offered_;      // handed out by next(), and nothing is known of them yet
  std::set<std::string> noted_;        // `sending` stands in the journal, and their turn has not come
  std::vector<std::string> answered_;  // noted, and then had a result without a body
  base::Fd input_;
  base::Fd output_;
  bool warned_ = false;
};

}  // namespace serialmail
