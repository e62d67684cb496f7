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
  /// About two and a half seconds in all.
  private static let patience = Patience(first: .milliseconds(10), longest: .milliseconds(1280), pauses: 8)

  let chat: BusClient
  let calendar: BusClient
  let presence: PresenceExchange

  /// Stores what the context's user says; who hears the event live gets no push. Throws chat's refusal or the calendar's:
  /// a `conflict` that is `tentative` for a poll, `unavailable` where the two do not come to agree.
  func say(
    _ fields: RawJSON,
    to event: CalendarEventID,
    _ context: CallContext
  ) async throws(Failure) -> Chat.EventEntry {
    try await ask(about: event, context) {
      Chat.PostToEvent(to: event, fields: fields, present: presence.table.people(in: event.text).map(\.user))
    }
  }

  /// Refuses as `say` does; a poll has said nothing yet.
  func history(_ call: Chat.EventHistory, _ context: CallContext) async throws(Failure) -> [Chat.EventEntry] {
    do throws(Failure) {
      return try await ask(about: call.event, context) { call }.entries
    } catch {
      guard error.word == .conflict else { throw error }
      return []
    }
  }

  private func ask<C: Call>(
    about event: CalendarEventID,
    _ context: CallContext,
    _ call: @LoopActor () -> C
  ) async throws(Failure) -> C.Reply {
    // What is asked of the calendar changes nothing, so it may be asked of two copies.
    var question = context
    question.isRepeatable = true
    let reply = try await EventTalk.patience.answer { () async throws(Failure) -> C.Reply? in
      do throws(Failure) {
        return try await chat.call(call(), context)
      } catch {
        guard error.word == .notFound || error.word == .forbidden else { throw error }
      }
      _ = try await calendar.call(Calendar.CheckMember(of: event.text), question)
      return nil
    }
    guard let reply else { throw .unavailable }
    return reply
  }
}

extension CalendarEventID {
  /// As the calendar writes ids, whatever form a client keeps them in.
  init(loose text: String) { self.init(text.lowercased().replacing("-", with: "")) }
}
