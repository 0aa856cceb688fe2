#include "mta/mail/maildir.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "base/io.h"
#include "mta/mail/address.h"

namespace mail {
namespace {

constexpr std::size_t block_bytes = 65536;
constexpr std::string_view verp_mark = "-@[]";

std::string safe_host(std::string_view host) {
  std::string out;
  for (const char c : host) {
    if (c == '/') {
      out += "\\057";
    } else if (c == ':') {
      out += "\\072";
    } else {
      out += c;
    }
  }
  return out.empty() ? "localhost" : out;
}

// An envelope address may hold anything but NUL; in the two lines it must not end the line.
std::string one_line(std::string_view address) {
  std::string out(address);
  std::replace(out.begin(), out.end(), '\n', '_');
  return out;
}

// As a delivery agent writes it: quoted where RFC 5321 wants it. What no path can hold (#@[]) stands as it is.
std::string return_path(std::string_view sender) {
  if (const auto address = Address::from_envelope(sender)) return to_smtp(*address);
  return "<" + one_line(sender) + ">";
}

base::Result<void> copy_from(const Source& source, const base::Fd& to, const std::string& name) {
  std::array<char, block_bytes> block;
  std::uint64_t done = 0;
  while (done < source.bytes) {
    const auto want = std::min<std::uint64_t>(block.size(), source.bytes - done);
    const auto n = base::read_at(source.fd, std::span(block).first(want), source.offset + done);
    if (!n) return base::system_failure("read message", n.error().error);
    if (*n == 0) return base::temporary("read message: cut short");
    if (auto r = base::write_all(to, std::string_view(block.data(), *n)); !r)
      return base::system_failure("write " + name, r.error().error);
    done += *n;
  }
  return {};
}

}  // namespace

std::string format_unique_name(const UniqueName& parts) {
  std::array<char, 64> head{};
  std::snprintf(head.data(), head.size(), "%lld.M%06lldP%lld", static_cast<long long>(parts.now.wall_seconds),
                static_cast<long long>(parts.now.wall_microseconds), static_cast<long long>(parts.pid));
  return std::string(head.data()) + "Q" + parts.entry_id + "R" + std::to_string(parts.recipient) + "." +
         safe_host(parts.host);
}

std::optional<std::string> entry_id_of(std::string_view unique_name) {
  const auto first_dot = unique_name.find('.');
  if (first_dot == std::string_view::npos) return std::nullopt;
  const auto middle = unique_name.substr(first_dot + 1, unique_name.find('.', first_dot + 1) - first_dot - 1);
  const auto q = middle.find('Q');
  const auto r = middle.rfind('R');
  if (q == std::string_view::npos || r == std::string_view::npos || r <= q + 1) return std::nullopt;
  const auto id = middle.substr(q + 1, r - q - 1);
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; };
  if (!std::all_of(id.begin(), id.end(), fits)) return std::nullopt;
  return std::string(id);
}

std::string_view base_name(std::string_view file_name) { return file_name.substr(0, file_name.find(':')); }

base::Result<void> make_maildir(const std::string& path, MaildirKind kind) {
  const mode_t mode = kind == MaildirKind::spool ? 02770 : 0700;
  for (const auto* part : {"", "/tmp", "/new", "/cur"}) {
    const std::string name = path + part;
    if (::mkdir(name.c_str(), mode) < 0) {
      if (errno == EEXIST) continue;
      return base::system_failure("make directory " + name);
    }
    // The set-group-id bit and the group's rights do not pass through mkdir's umask.
    if (kind == MaildirKind::spool && ::chmod(name.c_str(), mode) < 0)
      return base::system_failure("set mode of " + name);
  }
  // Mail in a folder that a power cut forgets is mail lost. Even one that was there may have been made a moment ago, by
  // somebody who was stopped before this.
  auto folder = base::Directory::open(path);
  if (!folder) return folder.error();
  if (auto synced = folder->sync(); !synced) return synced;
  auto synced = folder->sync("..");
  if (!synced && synced.error().error == EACCES) return {};  // not ours to read, so not ours to have made
  return synced;
}

base::Result<void> write_to_tmp(const base::Directory& maildir, const std::string& name, std::string_view first_lines,
                                const Source& source, MaildirKind kind) {
  const std::string path = "tmp/" + name;
  const std::string shown = maildir.path() + "/" + path;
  const mode_t mode = kind == MaildirKind::spool ? 0660 : 0600;
  auto file = maildir.create_exclusive(path, mode);
  if (!file) return file.error();
  const auto fill = [&]() -> base::Result<void> {
    if (kind == MaildirKind::spool && ::fchmod(file->get(), mode) < 0)
      return base::system_failure("set mode of " + shown);
    if (auto r = base::write_all(*file, first_lines); !r)
      return base::system_failure("write " + shown, r.error().error);
    if (auto r = copy_from(source, *file, shown); !r) return r;
    if (auto r = base::sync(*file, shown); !r) return r;
    return base::close(std::move(*file), shown);
  };
  auto filled = fill();
  if (!filled) static_cast<void>(maildir.unlink(path));
  return filled;
}

base::Result<void> move_to_new(const base::Directory& maildir, const std::string& name) {
  return maildir.rename_new("tmp/" + name, "new/" + name);
}

base::Result<Whereabouts> look_for(const base::Directory& maildir, const std::string& name) {
  if (maildir.exists("tmp/" + name)) return Whereabouts::in_tmp;
  if (maildir.exists("new/" + name)) return Whereabouts::delivered;
  const auto read = maildir.list("cur");
  if (!read) return read.error();
  const bool seen =
      std::any_of(read->begin(), read->end(), [&](const std::string& one) { return base_name(one) == name; });
  return seen ? Whereabouts::delivered : Whereabouts::gone;
}

std::string envelope_lines(std::string_view sender, std::string_view delivered_to) {
  return "Return-Path: " + return_path(sender) + "\nDelivered-To: " + one_line(delivered_to) + "\n";
}

std::string verp_sender(std::string_view sender, std::string_view recipient) {
  if (sender.size() <= verp_mark.size() || !sender.ends_with(verp_mark)) return std::string(sender);
  const auto stem = sender.substr(0, sender.size() - verp_mark.size());  // pre@host
  const auto at = stem.rfind('@');
  const auto split = recipient.rfind('@');
  if (at == std::string_view::npos || split == std::string_view::npos) return std::string(sender);
  return std::string(stem.substr(0, at)) + std::string(recipient.substr(0, split)) + "=" +
         std::string(recipient.substr(split + 1)) + std::string(stem.substr(at));
}

std::string bounce_address(std::string_view sender) {
  if (sender.size() <= verp_mark.size() || !sender.ends_with(verp_mark)) return std::string(sender);
  return std::string(sender.substr(0, sender.size() - verp_mark.size()));
}

}  // namespace mail
