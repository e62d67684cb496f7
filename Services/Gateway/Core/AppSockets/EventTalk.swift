import Bus
import JSON
import Loop
import Wire

/// What the members of an event say to each other, by REST and by sockets (jarvis.md E9, E10 and 3.7). Chat keeps it.
///
/// The calendar tells chat of rooms and members a moment after it has answered whoever made them. So where chat refuses,
/// the calendar is asked, and chat again for a while if the calendar knows better.
@LoopActor
struct EventTalk {
  /// Longer each time, about two and a half seconds together.
  private static let waits: [Duration] = (0..<8).map { .milliseconds(10 << $0) }

  let chat: BusClient
  let calendar: BusClient
  let presence: PresenceExchange

  /// Stores what the context's user says; who hears the event live gets no push. Throws chat's refusal or the calendar's:
  /// a `conflict` that is `tentative` for a poll, `unavailable` where the two do not come to agree.
  func say(
    _ fields: RawJSON,
    to event: CalendarEventID,
    by email: String?,
    _ context: CallContext
  ) async throws(Failure) -> Chat.EventEntry {
    try await ask(about: event, email, context) {
      Chat.PostToEvent(to: event, fields: fields, present: presence.table.people(in: event.text).map(\.user))
    }
  }

  /// Refuses as `say` does; a poll has said nothing yet.
  func history(
    _ call: Chat.EventHistory,
    for email: String?,
    _ context: CallContext
  ) async throws(Failure) -> [Chat.EventEntry] {
    do throws(Failure) {
      return try await ask(about: call.event, email, context) { call }.entries
    } catch {
      guard error.word == .conflict else { throw error }
      return []
    }
  }

  private func ask<C: Call>(
    about event: CalendarEventID,
    _ email: String?,
    _ context: CallContext,
    _ call: @LoopActor () -> C
  ) async throws(Failure) -> C.Reply {
    for wait in EventTalk.waits {
      do throws(Failure) {
        return try await chat.call(call(), context)
      } catch {
        guard error.word == .notFound || error.word == .forbidden else { throw error }
        guard try await isComing(email, to: event, context) else { throw error }
      }
      guard (try? await pause(for: wait)) != nil else { break }
    }
    throw .unavailable
  }

  /// Whether the calendar counts somebody among those who come. Throws its refusal, and `tentative` for a poll.
  private func isComing(
    _ email: String?,
    to event: CalendarEventID,
    _ context: CallContext
  ) async throws(Failure) -> Bool {
    let request = Calendar.Request(event: event.text)
    let document = try await calendar.forward(Calendar.Fetch.name, request.json(), context)
    guard let event = (try? document.value())?.object, let status = event["status"]?.string else {
      throw Failure(.conflict, .tentative)
    }
    guard let email = email?.lowercased(), status == "confirmed" else { return false }
    let people = [event["creatorEmail"]] + (event["attendees"]?.array ?? [])
    return people.contains { $0?.string == email }
  }
}

extension CalendarEventID {
  /// As the calendar writes ids, whatever form a client keeps them in.
  init(loose text: String) { self.init(text.lowercased().replacing("-", with: "")) }
}
