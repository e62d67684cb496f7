import Kit
import Loop
import Settings
import Testing

/// Several processes of chat and gateway, and what happens to listeners when one of them dies.
@Suite(.serialized, .needsDaemons) @LoopActor struct ChatClusterTests {
  @Test func `chat 19: what one server takes, the listeners of the other hear within a second, in order`() async throws
  {
    try await ChatCluster.with { cluster in
      let (here, there) = (cluster.gateways[0], cluster.gateways[1])
      let ann = try await ChatCaller.registered("ann", on: here)
      let bob = try await ChatCaller.registered("bob", on: there)
      let room = try await ann.createRoom()
      try await bob.join(room)
      let listeners = [
        try await ann.listen(room, after: 0, on: here), try await bob.listen(room, after: 0, on: there),
      ]
      defer { for listener in listeners { listener.close() } }
      // Gateways turn from one copy of chat to the other, call by call.
      for number in 1...20 {
        let (sender, listener) = number % 2 == 0 ? (ann, listeners[1]) : (bob, listeners[0])
        try await sender.send("text \(number)", to: room)
        try await listener.has(number, within: .seconds(1))
      }
      let senders = [ann, bob, ann.at(there), bob.at(here)].map { caller in
        onLoop { for number in 0..<50 { _ = try? await caller.send("crowd \(number)", to: room) } }
      }
      for sender in senders { await sender.value }
      let stored = try await ann.history(room)
      #expect(stored.count == 220)
      for listener in listeners {
        try await listener.has(220)
        #expect(try listener.entries == stored)
      }
      let removal = try await quickest {
        let room = try await ann.createRoom()
        try await bob.join(room)
        let listener = try await bob.listen(room, after: 0, on: there)
        try await ann.send("hello", to: room)
        try await listener.has(1)
        let removal = #"{"room_gid":"\#(room)","uuid":"\#(bob.member.id)"}"#
        #expect(try await ann.post("/remove-member", removal).status == 200)
        return try await listener.closed(within: .seconds(5))
      }
      #expect(removal < .milliseconds(100))
    }
  }

  @Test func `a listener outlives a chat process, and misses nothing of what was said around its death`() async throws {
    try await ChatCluster.with { cluster in
      let here = cluster.gateways[0]
      let (ann, bob) = (
        try await ChatCaller.registered("ann", on: here), try await ChatCaller.registered("bob", on: here)
      )
      let room = try await ann.createRoom()
      try await bob.join(room)
      let (listener, removed) = (
        try await ann.listen(room, after: 0, on: here), try await bob.listen(room, after: 0, on: here)
      )
      defer { listener.close() }
      try await ann.send("before", to: room)
      for listener in [listener, removed] { try await listener.has(1) }
      try await cluster.kill(.chat, of: cluster.auth)
      try await cluster.kill(.chat, of: cluster.second)
      // Nobody can tell of what happens now.
      _ = try await cluster.auth.rows(
        """
        INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
        VALUES ('\(room)', nextval('chat.message_id'), '\(ann.member.id)', 'meanwhile', now());
        UPDATE chat.member SET ended_at = now() WHERE user_id = '\(bob.member.id)'
        """
      )
      try await cluster.second.start(.chat)
      try await listener.has(2)
      try await removed.closed(within: .seconds(5))
      try await cluster.auth.start(.chat)
      try await ann.send("after", to: room)
      try await listener.has(3)
      #expect(try listener.entries.map(\.text) == ["before", "meanwhile", "after"])
    }
  }
}
