// The message itself: DATA and BDAT, what may come by them and how a refused one is thrown away.
#include <algorithm>

#include "base/bug.h"
#include "base/log.h"
#include "mta/mail/smtp_server.h"

namespace mail {
namespace {

std::string name_of(DataDecoder::Fault fault) {
  switch (fault) {
    case DataDecoder::Fault::none:
      return "nothing";
    case DataDecoder::Fault::bare_cr:
      return "bare CR";
    case DataDecoder::Fault::bare_lf:
      return "bare LF";
    case DataDecoder::Fault::nul:
      return "NUL";
  }
  base::bug("DataDecoder: bad fault");
}

constexpr std::string_view too_large = "552 5.3.4 that is more than this server takes in one message";

}  // namespace

void SmtpServer::on_data_command(std::string_view argument) {
  if (!argument.empty()) return error("501 5.5.4 DATA takes no argument");
  if (!sender_) return reply("503 5.5.1 MAIL first");
  if (chunks_ != Chunks::none) return reply("503 5.5.1 the message comes by BDAT");
  if (recipients_.empty() && transid_ != Transid::complete) return reply("554 5.5.1 no valid recipients");
  begin_message();
}

// RFC 3030 §2: whatever is wrong with a BDAT, its octets are on their way and have to be read before it is answered.
void SmtpServer::on_bdat(std::string_view argument) {
  const auto bdat = parse_bdat(argument);
  // How many octets follow is not known, and none of them may be taken for a command.
  if (!bdat) return hang_up(bdat.error().text, "BDAT with a size that cannot be read");
  chunk_ = *bdat;
  if (!refusal_) refusal_ = objection_to_chunk();
  if (!refusal_ && chunks_ == Chunks::none) {
    chunks_ = Chunks::open;
    chunk_decoder_ = {};
    hops_ = past_.hops;
    check_message(past_.octets);
    if (!refusal_) return begin_message();
  }
  state_ = State::chunk;
  if (!refusal_) check_message(past_.octets + chunk_decoder_.octets());
}

std::optional<std::string> SmtpServer::objection_to_chunk() const {
  if (chunks_ == Chunks::failed) return "503 5.5.1 a chunk was refused, RSET first";
  if (!sender_) return "503 5.5.1 MAIL first";
  if (recipients_.empty() && transid_ != Transid::complete) return "554 5.5.1 no valid recipients";
  return std::nullopt;
}

void SmtpServer::begin_message() {
  decoder_ = {};
  hops_ = past_.hops;
  refusal_.reset();
  if (transid_ == Transid::complete) return take_message();
  state_ = State::opening;
  queue_is_open_ = true;
  OpenQueue open{helo_, esmtp_, transid_ == Transid::kept, {}, {}};
  if (open.is_kept) {
    open.sender = sender_->to_envelope();
    open.recipients = recipients_;
  }
  actions_.emplace_back(std::move(open));
}

void SmtpServer::take_message() {
  state_ = chunks_ == Chunks::open ? State::chunk : State::data;
  if (state_ == State::data) reply("354 go ahead");
}

void SmtpServer::read_chunk() {
  const auto rest = std::string_view(input_).substr(used_);
  const auto octets = rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), chunk_.octets)));
  used_ += octets.size();
  chunk_.octets -= octets.size();
  const bool is_end = chunk_.octets == 0 && chunk_.last;
  if (!refusal_) {
    std::string text;
    chunk_decoder_.feed(octets, text);
    const bool is_whole = chunk_decoder_.at_line_start();
    if (is_end) chunk_decoder_.finish(text);
    give_out(std::move(text));
    check_message(past_.octets + chunk_decoder_.octets());
    check_lines(is_end && !is_whole);
  }
  if (chunk_.octets == 0) end_of_chunk();
}

void SmtpServer::check_lines(bool is_completed) {
  const auto fault = chunk_decoder_.fault();
  if (refusal_) return;
  if (fault != DataDecoder::Fault::none) {
    return refuse_message("550 5.5.2 " + name_of(fault) + " in mail data", name_of(fault) + " in mail data");
  }
  // An offset counts the octets that came: none may be added to a message that is kept.
  if (is_completed && transid_ == Transid::kept) {
    refuse_message("550 5.5.2 a message with a TRANSID ends in CR LF", "no CR LF at the end of mail data");
  }
}

void SmtpServer::end_of_chunk() {
  state_ = State::command;
  if (refusal_) {
    const auto line = *std::exchange(refusal_, std::nullopt);
    reply(line);
    conclude(line);
    // Without a transaction there is nothing that an RSET could clear.
    if (sender_) chunks_ = Chunks::failed;
    return;
  }
  if (chunk_.last) return commit(chunk_decoder_.octets());
  reply("250 2.0.0 " + std::to_string(past_.octets + chunk_decoder_.octets()) + " octets received");
}

void SmtpServer::read_data() {
  std::string text;
  used_ += decoder_.feed(std::string_view(input_).substr(used_), text);
  if (state_ == State::data && !refusal_) give_out(std::move(text));
  if (state_ == State::data) check_message(past_.octets + decoder_.octets());
  if (state_ == State::data && decoder_.fault() != DataDecoder::Fault::none) {
    abort_message();
    // Told at once: a client that ends its lines by LF alone would never send the end that we go on waiting for.
    note(name_of(decoder_.fault()) + " in mail data");
    const auto line = "550 5.5.2 " + name_of(decoder_.fault()) + " in mail data";
    reply(line);
    conclude(line);
    state_ = State::swallowing;
  }
  if (decoder_.ended()) end_of_data();
}

// Of a message that was accepted before nothing is missing: what comes is something else.
void SmtpServer::give_out(std::string text) {
  if (text.empty()) return;
  if (transid_ == Transid::complete) {
    return refuse_message("554 5.5.1 that transaction was complete", "more octets for a complete transaction");
  }
  hops_.feed(text);
  actions_.emplace_back(Body{std::move(text)});
}

// Of two reasons the size is told, whichever was seen first: the pieces in which a message comes must not decide.
void SmtpServer::check_message(std::uint64_t octets) {
  // The rest of a chunk is announced: nobody has to send it all to hear that it is too much.
  const auto announced = chunks_ == Chunks::open ? chunk_.octets : 0;
  if (policy_.data_bytes > 0 && (octets > policy_.data_bytes || announced > policy_.data_bytes - octets)) {
    return refuse_message(std::string(too_large), "message larger than databytes");
  }
  if (!refusal_ && hops_.hops() >= max_hops) {
    refuse_message("554 5.4.6 too many hops, this message is looping", "mail loop");
  }
}

void SmtpServer::end_of_data() {
  if (state_ == State::swallowing) {
    state_ = State::finished;
    return;
  }
  if (!refusal_) return commit(decoder_.octets());
  reply(*refusal_);
  conclude(*refusal_);
  reset();
}

// The message has come to its end, and nothing is wrong with it.
void SmtpServer::commit(std::uint64_t octets) {
  if (transid_ == Transid::complete) {
    reply("250 2.0.0 ok " + past_.text);
    return reset();
  }
  state_ = State::committing;
  actions_.emplace_back(Commit{sender_->to_envelope(), recipients_, past_.octets + octets});
}

// The message has its answer. What a temporary one leaves on disk is worth resuming, after a permanent one it is not.
void SmtpServer::conclude(std::string_view line) {
  if (line.starts_with('5')) forget();
  if (transid_ == Transid::kept) transid_ = Transid::none;
}

// RFC 1845: the client has turned to something else, and will not ask for the message any more.
void SmtpServer::forget() {
  if (transid_ != Transid::kept) return;
  abort_message();
  actions_.emplace_back(Forget{});
  transid_ = Transid::none;
}

// The rest of the message is read, because the client cannot be told before its end, and thrown away.
void SmtpServer::refuse_message(std::string line, std::string text) {
  if (!refusal_) {
    abort_message();
    note(base::escape(text));
  }
  refusal_ = std::move(line);
}

void SmtpServer::abort_message() {
  if (std::exchange(queue_is_open_, false)) actions_.emplace_back(Abort{});
}

}  // namespace mail
