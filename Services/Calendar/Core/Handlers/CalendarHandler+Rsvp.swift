import Almanac
import JSON
import Loop
import Postgres
import Time
import Wire

// Answers by a link in a mail, of people without an account.
extension CalendarHandler {
  func readRsvp(_ call: Calendar.ReadRsvp) async throws -> Calendar.Rsvp {
    try await translating {
      let (event, guest) = try await self.asked(call.event, call.code)
      return Calendar.Rsvp(event, guest, at: self.now)
    }
  }

  func answerRsvp(_ call: Calendar.AnswerRsvp) async throws -> Calendar.Rsvp {
    try await translating {
      let (event, guest) = try await self.asked(call.event, call.code)
      let now = self.clock.now()
      guard event.takesAnswers(at: now.unix) else { throw Failure(.conflict, .notPending) }
      if event.state == .pending {
        let vote = Vote(declined: !call.comes)
        guard try await self.store.vote(vote, by: guest.email, on: event.id, at: now) else {
          throw Failure(.conflict, .notPending)
        }
      } else {
        let changed = try await self.store.answer(event.id, by: guest.email, comes: call.comes, at: now)
        guard changed != nil else { throw Failure(.conflict, .notPending) }
      }
      self.report(.changed(call.comes ? .accepted : .declined))
      let after = try await self.asked(call.event, call.code)
      return Calendar.Rsvp(after.event, after.guest, at: now.unix)
    }
  }

  /// The event and the guest of a link; `not_found` for one that we did not make, or that is of somebody sent away.
  private func asked(_ id: String, _ code: String) async throws -> (event: EventRecord, guest: GuestRecord) {
    guard let invitations = store.invitations, let id = UUIDValue(event: id), let event = try await store.event(id),
      let guest = invitations.guest(code, of: event)
    else { throw Failure(.notFound) }
    return (event, guest)
  }
}

extension EventRecord {
  fileprivate func takesAnswers(at now: Int) -> Bool { [.pending, .active].contains(standing(at: now)) }
}

extension Calendar.Rsvp {
  fileprivate init(_ event: EventRecord, _ guest: GuestRecord, at now: Int) {
    let answer: Answer? = guest.answered == nil ? nil : guest.vote.declined ? .declined : .accepted
    self.init(name: event.name, organizer: event.creatorEmail, answer: answer)
    when = event.timeText
    location = event.location
    description = event.description
    if event.starts == nil { until = event.deadline.description }
    isOpen = event.takesAnswers(at: now)
  }
}
