// A spool file on its way out: opened, its head read, its content measured, its octets handed out as mail data
// (SMTP) or as LF text (QMTP), by one of the two alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/lf_text.h"
#include "mta/mail/mail_data.h"
#include "mta/mail/smtp_command.h"
#include "mta/mail/spool_file.h"
#include "mta/mail/spool_journal.h"

namespace serialmail {

// Why a file cannot be sent.
struct Unfit {
  enum class Kind {
    gone,       // no such file: somebody else has dealt with it
    trouble,    // it cannot be read now
    malformed,  // it has to be changed first
    on_hold     // the same, and that takes reading all of it to find out: the journal is to remember it
  };
  Kind kind = Kind::trouble;
  std::string text;
  mail::JournalHold hold;  // for on_hold
};

class Outgoing {
 public:
  // Either an Outgoing or, in unfit, the reason why not.
  static std::optional<Outgoing> open(const base::Directory& directory, const std::string& name,
                                      const std::string& prefix, Unfit& unfit);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const mail::SpoolFile& envelope() const { return envelope_; }
  [[nodiscard]] std::uint64_t octets() const { return counter_.octets(); }
  [[nodiscard]] std::uint64_t lf_octets() const { return counter_.lf_octets(); }
  [[nodiscard]] bool eight_bit() const { return counter_.eight_bit(); }

  // The same sender, and behind the two envelope lines the same octets. False also if they cannot be read now.
  [[nodiscard]] bool has_same_message(const Outgoing& other) const;

  // Goes to where the mail data begin with so many octets, counted as octets() is. A failure where no line begins
  // there; only before the first piece.
  base::Result<void> skip(std::uint64_t octets);

  struct Piece {
    std::string octets;    // as they go out
    bool is_last = false;  // of dotted mail data: with the final dot
  };
  // A line of it could be taken for an SMTP command.
  [[nodiscard]] bool command_like() const { return spotter_.found(); }
  // From its beginning, for the first or another time.
  void begin(mail::Framing framing);
  // The next piece of the mail data; counted, together exactly octets(): a file that has changed meanwhile is a failure
  // before its last piece. After a failure the transaction must be cut.
  base::Result<Piece> next();
  // The next piece of the LF text, together exactly lf_octets(): a file that has changed meanwhile is a failure before
  // its last piece. After a failure the package must be cut.
  base::Result<Piece> next_lf();

 private:
  Outgoing(std::string name, base::Fd file) : name_(std::move(name)), file_(std::move(file)) {}
  base::Result<void> measure(std::string_view begun);
  template <class Encoder>
  base::Result<Piece> next_piece(Encoder& encoder);
  base::Result<void> check_count(const Piece& piece, std::uint64_t announced);

  std::string name_;
  base::Fd file_;
  mail::SpoolFile envelope_;
  mail::DataCounter counter_;
  mail::CommandSpotter spotter_;
  mail::DataEncoder encoder_;
  mail::LfEncoder lf_encoder_;
  mail::Framing framing_ = mail::Framing::dotted;
  std::uint64_t given_ = 0;  // octets of pieces
  std::uint64_t offset_ = 0;
};

}  // namespace serialmail
