import JSON
import Kit
import Loop
import Postgres
import Testing
import Wire

@testable import ChatCore

/// Whoever reads on from the last id seen misses nothing: ids become visible in the order they were given out.
@Suite(.needsPostgres)
struct ChatOrderTests {
  private static let senders = 50
  private static let each = 20

  /// One who reads on with `after` while others write.
  @LoopActor
  private final class Reader {
    private(set) var seen: [Int] = []
    var writersAreDone = false

    func follow(_ chat: ChatBench, _ room: String) async throws {
      while true {
        let last = writersAreDone
        let page = try await chat.history(ann, room, limit: 37, after: seen.last ?? 0)
        seen += page.map(\.id)
        if last, page.isEmpty { return }
      }
    }
  }

  @LoopActor @Test func `fifty senders through three copies leave no gap behind a reader`() async throws {
    try await ChatBench.open({
      $0.limitsAreOn = false
      $0.batchLimit = 7
    }) { chat in
      let total = Self.senders * Self.each
      let rooms = [try await chat.room(), try await chat.room()]
      let copies = [chat.chat, chat.copy(on: chat.database), chat.copy(on: chat.database)]
      for sender in 0..<Self.senders { chat.directory.names[Self.user(sender)] = "Sender \(sender)" }
      let readers = rooms.map { _ in Reader() }
      let readings = zip(rooms, readers).map { room, reader in onLoop { try? await reader.follow(chat, room) } }
      let sendings = (0..<Self.senders).map { sender in
        onLoop { () -> Bool in
          for number in 0..<Self.each {
            let copy = copies[(sender + number) % copies.count]
            for room in number % 2 == 0 ? rooms : rooms.reversed() {
              let call = Chat.SendMessage(to: .value(room), text: .value("\(sender) \(number)"))
              guard (try? await copy.send(call, chat.context(Self.user(sender)))) != nil else { return false }
            }
          }
          return true
        }
      }
      for sending in sendings { #expect(await sending.value) }
      for reader in readers { reader.writersAreDone = true }
      for reading in readings { #expect(await reading.value != nil) }
      for (room, seen) in zip(rooms, readers.map(\.seen)) {
        let kept = try await chat.database.query("SELECT msg_id FROM chat.message WHERE room_gid = \(room) ORDER BY 1")
        #expect(seen == (try kept.map { try $0.get(0) as Int }))
        #expect(seen.count == total)
        expectChain(of: chat.posted.filter { $0.room.text == room }, seen)
      }
    }
  }

  /// Every event names the message before it, so the events, in whatever order, make one chain from 0 to the last.
  private func expectChain(of events: [Chat.Posted], _ ids: [Int]) {
    let following = Dictionary(events.map { ($0.previous, $0.id) }) { first, _ in first }
    var chain: [Int] = []
    while let next = following[chain.last ?? 0] { chain.append(next) }
    #expect(chain == ids && events.count == ids.count)
  }

  @LoopActor @Test func `each message names the one before it, also when the last known one is gone`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      let first = try await chat.send(ann, room, "first").id
      let second = try await chat.send(ann, room, "second").id
      _ = try await chat.chat.delete(.init(.value(second), in: .value(room)), chat.context(ann))
      let third = try await chat.send(ann, room, "third").id
      let other = chat.copy(on: chat.database)
      let fourth = try await other.send(.init(to: .value(room), text: .value("fourth")), chat.context(ann)).id
      try await chat.send(ann, room, "fifth")
      #expect(chat.posted.map(\.previous) == [0, first, first, third, fourth])
    }
  }

  @LoopActor @Test func `a writer who waits for the room's lock gets the later id`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      let first = try await chat.send(ann, room, "first").id
      let late = try await chat.database.transaction { transaction in
        try await transaction.query(ChatStore.lock(room))
        let waiting = onLoop { try? await chat.send(ann, room, "third").id }
        try await Self.untilSomebodyWaits(for: transaction)
        let second = try await transaction.query(
          """
          INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
          VALUES (\(room), nextval('chat.message_id'), \(bob), 'second', now()) RETURNING msg_id
          """
        )
        #expect(try second[0].get(0) > first)
        return waiting
      }
      #expect(await late.value != nil)
      #expect(try await chat.history(ann, room).map(\.text) == ["first", "second", "third"])
      #expect(chat.posted.last?.previous == chat.posted.last.map { $0.id - 1 })
    }
  }

  /// A removal that was committed while a message waited for the room stands: the message is refused.
  @LoopActor @Test func `a message that waited sees who was removed meanwhile`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.join(bob, room)
      let waiting = try await chat.database.transaction { transaction in
        try await transaction.query(ChatStore.lock(room))
        let waiting = onLoop { () -> Failure? in
          do throws(Failure) { try await chat.send(bob, room, "too late") } catch { return error }
          return nil
        }
        try await Self.untilSomebodyWaits(for: transaction)
        try await transaction.query("UPDATE chat.member SET ended_at = now() WHERE user_id = \(bob)")
        return waiting
      }
      #expect(await waiting.value == notMember)
      #expect(try await chat.history(ann, room).isEmpty)
    }
  }

  /// Asks on the locker's own connection: on a shared one the question might stand in line behind the one who waits.
  @LoopActor
  private static func untilSomebodyWaits(for locker: Transaction) async throws {
    let limit = ContinuousClock.now + .seconds(10)
    let waiting: SQL = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    while try await locker.query(waiting).isEmpty { try #require(ContinuousClock.now < limit, "nobody waits") }
  }

  private static func user(_ number: Int) -> String {
    "22222222-0000-4000-8000-0000000000" + (number < 10 ? "0" : "") + "\(number)"
  }
}
