import Almanac
import Finder
import JSON
import Loop
import Postgres
import Time
import Wire

// From a proposal to a real event.
extension CalendarHandler {
  private static let mostWindows = 50

  /// E1.
  func propose(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    guard let email = caller.email else { throw Failure(.conflict, .noEmail) }
    let form = try PollForm(LooseFields(request.fields), creator: email, zone: caller.zone, now: now)
    let id = UUIDValue.random()
    let accounts = try await directory.accounts(of: form.invitees.map(\.email))
    let pushes = form.invitees.compactMap { invitee in
      accounts[invitee.email].map { Pushes.invite(form.name, id.hex, from: email, to: $0) }
    }
    try await store.create(form, id: id, by: caller, email: email, pushes: pushes, at: clock.now())
    report(.changed(.proposed))
    guard let poll = try await store.event(id) else { throw Failure.internal }
    return .object { writer in
      poll.writePoll(into: &writer)
      writer.member("status", "success")
      writer.member("status_text", Standing.pending.rawValue)
    }
  }

  /// E3.
  func vote(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    guard let id = request.event.flatMap({ UUIDValue(event: $0) }), let poll = try await store.event(id) else {
      throw Failure(.notFound)
    }
    guard let email = caller.email, poll.guest(email) != nil else { throw Failure(.forbidden, .notInvited) }
    let now = clock.now()
    guard poll.isOpen(at: now.unix) else { throw Failure(.conflict, .notPending) }
    let fields = try LooseFields(request.fields)
    let body = LooseFields(fields.object["body"]?.object ?? JSONObject())
    let open = now.unix..<max(now.unix, poll.closes)
    let declined = fields.flag("declined") || fields.flag("decline")
    let vote = try Vote(body, declined: declined, zone: poll.zone, open: open)
    guard try await store.vote(vote, by: email, on: id, at: now) else { throw Failure(.conflict, .notPending) }
    report(.changed(vote.declined ? .declined : .voted))
    return CalendarHandler.succeeded
  }

  /// E4.
  func fetch(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    try await event(request, for: caller).document(at: now)
  }

  /// E5.
  func preferred(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let poll = try await ownEvent(request, of: caller)
    let now = now
    guard poll.isOpen(at: now) else { throw Failure(.conflict, .notPending) }
    let limit = try LooseFields(request.fields).whole("limit", in: 1...CalendarHandler.mostWindows) ?? 5
    let people = try await store.people(poll.guests.map(\.email))
    let agenda = try await store.agenda(of: Array(people.values), within: now..<max(now, poll.closes))
    let (asked, windows) = await EventLoop.shared.offload {
      let asked = PollQuestion(poll, agenda: agenda, people: people, limit: limit, now: now)
      return (asked, asked.question.windows())
    }
    report(.found(windows: windows.count))
    return .object { writer in
      writer.name("timeslots")
      writer.beginArray()
      for window in windows { window.write(into: &writer, asked, zone: poll.zone) }
      writer.endArray()
    }
  }

  /// E6.
  func activate(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let poll = try await ownEvent(request, of: caller)
    let now = clock.now()
    guard poll.isOpen(at: now.unix) else { throw Failure(.conflict, .notPending) }
    let fields = try LooseFields(request.fields)
    let times = try Activation(fields, zone: poll.zone, minutes: poll.minutes, now: now.unix)
    let made = try await store.activate(poll.id, at: times, push: Pushes.active, now: now)
    guard let event = made else { throw Failure(.conflict, .notPending) }
    report(.changed(.activated))
    return event.document(at: now.unix)
  }

  /// Keeps the creator's time for an open poll, so that no other poll of theirs takes it meanwhile.
  func hold(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let poll = try await ownEvent(request, of: caller)
    let now = clock.now()
    guard poll.isOpen(at: now.unix) else { throw Failure(.conflict, .notPending) }
    let fields = try LooseFields(request.fields)
    let times = try Activation(fields, zone: poll.zone, minutes: poll.minutes, now: now.unix)
    let minutes = try fields.whole("minutes", in: 1...1440) ?? 15
    let expires = now + .seconds(minutes * 60)
    let isHeld = try await holds.inTurn(of: caller.id) {
      // Told apart here, where nothing is locked: of a thousand who race, only the first need ask the constraint.
      if try await self.store.isHeld(times, by: caller.id, besides: poll.id, at: now) {
        throw Failure(.conflict, .held)
      }
      return try await self.store.hold(poll.id, by: caller.id, times, until: expires, now: now)
    }
    guard isHeld else { throw Failure(.conflict, .notPending) }
    report(.changed(.held))
    return .object { writer in
      writer.member("status", "success")
      writer.member("start", times.start)
      writer.member("end", times.end)
      writer.member("expires_at", expires.unix)
    }
  }
}

extension Window {
  /// With its reasons: who prefers it, who is free, and whose calendar or working hours stand in the way.
  fileprivate func write(into writer: inout JSONWriter, _ asked: PollQuestion, zone: Zone) {
    let obstacles = asked.obstacles(self)
    writer.beginObject()
    writer.member("startTime", zone.slotText(span.start * 60))
    writer.member("endTime", zone.slotText(span.end * 60))
    writer.member("start", span.start * 60)
    writer.member("end", span.end * 60)
    writer.member("weight", weight)
    writer.name("preferred")
    writer.strings(preferring.map { asked.guests[$0].email })
    writer.name("free")
    writer.strings(free.map { asked.guests[$0].email })
    writer.name("busy")
    writer.strings(obstacles.busy)
    writer.name("outside_hours")
    writer.strings(obstacles.outsideHours)
    writer.endObject()
  }
}
