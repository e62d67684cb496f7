import Almanac
import Finder
import ICalendar
import JSON
import Loop
import Postgres
import Security
import Time
import Wire

// Calendar files in, and free and busy times out.
extension CalendarHandler {
  /// Off the loop: a file of the largest size takes some tenths of a second.
  func importFile(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    guard let text = try LooseFields(request.fields).object["text"]?.string else { throw Failure.missing("text") }
    let now = now
    let understood = await EventLoop.shared.offload { () -> Result<FileImport, Failure> in
      do throws(Failure) {
        var reader = FileReader(
          try CalendarFile(decent: text),
          home: caller.zone,
          email: caller.email,
          now: now
        )
        return .success(try reader.read())
      } catch {
        return .failure(error)
      }
    }
    let file = try understood.get()
    try await store.take(file, of: caller, at: clock.now())
    report(.changed(.fileImported))
    return .object { writer in
      writer.member("response", "success")
      writer.member("imported", file.series.reduce(0) { $0 + $1.events.count })
      writer.member("removed", file.series.count { $0.isWhole && $0.events.isEmpty })
      writer.name("left_out")
      writer.beginArray()
      for (uid, reason) in file.leftOut {
        writer.beginObject()
        writer.member("uid", uid)
        writer.member("reason", reason.rawValue)
        writer.endObject()
      }
      writer.endArray()
    }
  }

  // MARK: - Free and busy

  private static let usualDays = 60

  /// For oneself.
  func freeBusy(_ request: Calendar.Request, _ context: CallContext) async throws -> Calendar.Feed {
    try await translating {
      let caller = try await self.directory.caller(of: context)
      let range = try LooseFields(request.fields).range()
      let usual = self.usualRange(in: caller.zone)
      let from = range.from ?? usual.lowerBound
      let to = range.to ?? (range.from.map { $0 + CalendarHandler.usualDays * 86_400 } ?? usual.upperBound)
      guard from < to, to - from <= 367 * 86_400 else { throw Failure.invalid("to") }
      return try await self.freeBusy(of: caller.id, within: from..<to)
    }
  }

  /// For whoever has the address: from today on, by the person's own calendar day.
  func freeBusy(of owner: UUIDValue) async throws -> Calendar.Feed {
    let zone = Zone(named: try await store.zone(of: owner) ?? "UTC") ?? .utc
    return try await freeBusy(of: owner, within: usualRange(in: zone))
  }

  private func usualRange(in zone: Zone) -> Range<Int> {
    let today = zone.time(at: now).date
    return zone.start(of: today)..<zone.start(of: today + CalendarHandler.usualDays)
  }

  private func freeBusy(of owner: UUIDValue, within range: Range<Int>) async throws -> Calendar.Feed {
    let agenda = try await store.agenda(of: [owner], within: range)
    let text = await EventLoop.shared.offload {
      FreeBusyText(
        uid: "freebusy-\(owner.hex)@carillon",
        range: range,
        busy: agenda.busyTimes(of: owner, within: range)
      ).text()
    }
    return Calendar.Feed(text)
  }

  func makeFreeBusyFeed(_ caller: Caller) async throws -> RawJSON {
    try await makeFeed(.freeBusy, caller)
  }

  func endFreeBusyFeed(_ caller: Caller) async throws -> RawJSON {
    guard try await store.removeFeed(.freeBusy, of: caller.id) else { throw Failure(.notFound) }
    return CalendarHandler.responded
  }
}

extension CalendarFile {
  /// As above, in the words of the bus.
  fileprivate init(decent text: String) throws(Failure) {
    do throws(Fault) { try self.init(Array(text.utf8)) } catch {
      throw error == .tooLarge ? Failure(.invalid, field: "body", reason: "too_large") : .invalid("calendar")
    }
  }
}

extension Agenda {
  /// When a person is busy, in Unix seconds and in order, cut to the range; what touches is one.
  fileprivate func busyTimes(of person: UUIDValue, within range: Range<Int>) -> [Range<Int>] {
    var times: [Range<Int>] = []
    for span in (busy(within: range)[person] ?? []).sorted(by: { $0.start < $1.start }) {
      let (start, end) = (max(span.start * 60, range.lowerBound), min(span.end * 60, range.upperBound))
      guard start < end else { continue }
      if let last = times.last, start <= last.upperBound {
        times[times.count - 1] = last.lowerBound..<max(last.upperBound, end)
      } else {
        times.append(start..<end)
      }
    }
    return times
  }
}
