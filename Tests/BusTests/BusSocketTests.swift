import JSON
import Kit
import Loop
import Testing
import Wire

@testable import Bus

@Suite @LoopActor struct BusSocketTests {
  @Test(.needsNATS, arguments: Transport.allCases)
  func `a call gets its reply`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    #expect(try await pair.client.call(Echo(text: "é\n\"😀"), CallContext()) == Echo(text: "é\n\"😀"))
    await pair.end()
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `a thousand calls at once each get their own reply`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    let calls = (0..<1000).map { number in
      onLoop { try? await pair.client.call(Echo(text: "\(number)"), CallContext()).text }
    }
    for (number, call) in calls.enumerated() { #expect(await call.value == "\(number)") }
    await pair.end()
  }

  @Test(.needsNATS, arguments: Failure.Word.allCases, Transport.allCases)
  func `each failure word crosses the wire`(word: Failure.Word, over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    let sent = Failure(word, field: "f", reason: "r", retryAfter: 3)
    pair.server.on(Unheard.self) { _, _ in throw sent }
    await #expect(throws: sent) { try await pair.client.call(Unheard(), CallContext()) }
    await pair.end()
  }

  @Test func `an answer too long to be kept is refused, and nobody else's with it`() async throws {
    let pair = try await Pair.connected()
    let (release, sink) = AsyncStream.makeStream(of: Void.self)
    pair.server.on(Unheard.self) { _, _ in
      for await _ in release { break }
      return Empty()
    }
    pair.server.on(Heap.self) { call, _ in RawJSON(trusted: [UInt8](repeating: UInt8(ascii: "1"), count: call.count)) }
    let waiting = onLoop { try? await pair.client.call(Unheard(), CallContext(timeout: 60_000)) }
    await #expect(throws: Failure.unavailable) {
      try await pair.client.call(Heap(count: 17 << 20), CallContext(timeout: 60_000))
    }
    sink.yield()
    #expect(await waiting.value != nil)
    await pair.end()
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `an unknown call gets an answer`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    await #expect(throws: Failure(.unknownCall, reason: "test.unheard")) {
      try await pair.client.call(Unheard(), CallContext())
    }
    await pair.end()
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `an error that is no failure is told as internal`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    pair.server.on(Unheard.self) { _, _ in throw CancellationError() }
    await #expect(throws: Failure.internal) { try await pair.client.call(Unheard(), CallContext()) }
    await pair.end()
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `a call that takes too long is unavailable at its deadline`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    let started = ContinuousClock.now
    await #expect(throws: Failure.unavailable) {
      try await pair.client.call(Slow(milliseconds: 60_000), CallContext(timeout: 100))
    }
    #expect(ContinuousClock.now - started < .seconds(30))
    await pair.end()
  }

  @Test func `a service that is away is unavailable, and found when it is back`() async throws {
    let pair = try await Pair.connected()
    #expect(try await pair.client.call(Echo(text: "a"), CallContext()).text == "a")
    let away = BusClient(service: "test", endpoints: [("127.0.0.1", 1)], key: nil)
    away.start()
    await #expect(throws: Failure.unsent) { try await away.call(Echo(text: "a"), CallContext(timeout: 50)) }
    away.end()
    await pair.end()
    await #expect(throws: Failure.self) { try await pair.client.call(Echo(text: "a"), CallContext(timeout: 50)) }
  }

  @Test func `who has less time for a service that is away is told sooner than those who wait already`() async throws {
    let away = BusClient(service: "test", endpoints: [("127.0.0.1", 1)], key: nil)
    away.start()
    // A busy machine may stand still between the two moments.
    var isSooner = false
    for _ in 0..<5 where !isSooner {
      var hasEnded = false
      let patient = onLoop {
        _ = try? await away.call(Echo(text: "a"), CallContext())
        hasEnded = true
      }
      await Task.yield()
      await #expect(throws: Failure.unsent) { try await away.call(Echo(text: "a"), CallContext(timeout: 50)) }
      isSooner = !hasEnded
      await patient.value
    }
    #expect(isSooner)
    away.end()
  }

  /// The first frame that comes back for one sent without waiting for a greeting.
  private func answer(to frame: Frame, from port: Int) async throws -> Frame? {
    let stream = try await TCPStream.connect(to: SocketAddress(host: "127.0.0.1", port: port)!)
    let (pieces, sink) = AsyncStream.makeStream(of: [UInt8].self)
    stream.whenReceived { sink.yield($0) }
    stream.write(frame.encoded())
    defer { stream.close() }
    var lines = LineReader()
    for await piece in pieces {
      if let line = try lines.take(piece).first { return try Frame(line: line) }
    }
    return nil
  }

  @Test(arguments: [nil, BusKey([UInt8](repeating: 7, count: 32))])
  func `a copy that stands by is not called before it steps forward`(key: BusKey?) async throws {
    let address = SocketAddress(host: "127.0.0.1", port: 0)!
    let servers = (0..<2).map { number in
      let server = BusServer(service: "test", key: key)
      server.on(Echo.self) { _, _ in Echo(text: "\(number)") }
      return server
    }
    servers[1].standBy()
    let ports = try servers.map { try $0.listen(on: address) }
    let (joined, sink) = AsyncStream.makeStream(of: Void.self)
    let client = BusClient(service: "test", endpoints: ports.map { ("127.0.0.1", $0) }, key: key)
    client.subscribe(Happened.self, joined: { sink.yield() }, received: { _ in })
    client.start()
    for await _ in joined { break }
    for _ in 0..<4 { #expect(try await client.call(Echo(text: ""), CallContext()).text == "0") }
    // A link that was not greeted asks whether its peer lives, and would give it up.
    #expect(try await answer(to: .ping, from: ports[1]) == .pong)
    await servers[0].drain(within: .seconds(1))
    servers[1].stepForward()
    for await _ in joined { break }
    for _ in 0..<4 { #expect(try await client.call(Echo(text: ""), CallContext()).text == "1") }
    client.end()
    await servers[1].drain(within: .seconds(1))
  }

  @Test func `when a copy dies, those who follow events are told while others are there`() async throws {
    let server = BusServer(service: "test", key: nil)
    let (subscribed, subscribes) = AsyncStream.makeStream(of: TCPStream.self)
    let greeting = String(decoding: Frame.hello(service: "test", challenge: nil).encoded(), as: UTF8.self)
    // No more than what makes it a copy; who is greeted subscribes.
    let doomed = try LoopbackServer(greeting: greeting) { _, stream, _ in subscribes.yield(stream) }
    let ports = [try server.listen(on: SocketAddress(host: "127.0.0.1", port: 0)!), doomed.port]
    let client = BusClient(service: "test", endpoints: ports.map { ("127.0.0.1", $0) }, key: nil)
    let (joined, joins) = AsyncStream.makeStream(of: Void.self)
    client.subscribe(Happened.self, joined: { joins.yield() }, received: { _ in })
    client.start()
    var news = joined.makeAsyncIterator()
    for _ in ports { _ = await news.next() }
    doomed.close()
    for await connection in subscribed {
      connection.close()
      break
    }
    _ = try #require(await news.next())
    #expect(client.isReady)
    client.end()
    await server.drain(within: .seconds(1))
  }

  @Test func `calls under way fail when the connection goes`() async throws {
    let pair = try await Pair.connected()
    _ = try await pair.client.call(Echo(text: "a"), CallContext())
    let call = onLoop { () -> Failure? in
      do throws(Failure) { _ = try await pair.client.call(Slow(milliseconds: 5000), CallContext()) } catch {
        return error
      }
      return nil
    }
    await pair.slowCallBegan()
    await pair.server.drain(within: .zero)
    #expect(await call.value == .lost)
    pair.client.end()
  }

  @Test func `a call that may be repeated goes to another copy when its own dies`() async throws {
    let (taken, takes) = AsyncStream.makeStream(of: Int.self)
    let (opened, opening) = AsyncStream.makeStream(of: Void.self)
    let servers = (0..<2).map { number in
      let server = BusServer(service: "test", key: nil)
      server.on(Unheard.self) { _, _ in
        takes.yield(number)
        for await _ in opened { break }
        return Empty()
      }
      return server
    }
    let ports = try servers.map { try $0.listen(on: SocketAddress(host: "127.0.0.1", port: 0)!) }
    let (joined, joins) = AsyncStream.makeStream(of: Void.self)
    let client = BusClient(service: "test", endpoints: ports.map { ("127.0.0.1", $0) }, key: nil)
    client.subscribe(Happened.self, joined: { joins.yield() }, received: { _ in })
    client.start()
    var arrivals = joined.makeAsyncIterator()
    for _ in servers { _ = await arrivals.next() }
    let call = onLoop { (try? await client.call(Unheard(), CallContext(timeout: 50_000, isRepeatable: true))) != nil }
    var takers = taken.makeAsyncIterator()
    let first = try #require(await takers.next())
    await servers[first].drain(within: .zero)
    #expect(await takers.next() == 1 - first)
    opening.finish()
    #expect(await call.value)
    client.end()
    await servers[1 - first].drain(within: .seconds(1))
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `draining lets the calls under way finish`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    let call = onLoop { try? await pair.client.call(Slow(milliseconds: 50), CallContext()) }
    await pair.slowCallBegan()
    await pair.server.drain(within: .seconds(5))
    #expect(await call.value == Empty())
    await pair.end()
  }

  @Test(.needsNATS, arguments: Transport.allCases)
  func `a subscriber gets the events and is told of each start`(over transport: Transport) async throws {
    let pair = try await Pair.connected(transport)
    let (events, sink) = AsyncStream.makeStream(of: Int.self)
    pair.client.subscribe(Happened.self, joined: { sink.yield(-1) }, received: { sink.yield($0.what) })
    _ = try await pair.client.call(Echo(text: "the subscription has arrived before this"), CallContext())
    for what in 1...3 { try pair.server.publish(Happened(what: what)) }
    var seen: [Int] = []
    for await event in events {
      seen.append(event)
      if seen.last == 3 { break }
    }
    #expect(seen.suffix(3) == [1, 2, 3])
    await pair.end()
  }

  @Test func `a shared key lets in who has it`() async throws {
    let key = BusKey([UInt8](repeating: 7, count: 32))
    let pair = try await Pair.connected(key: key)
    #expect(try await pair.client.call(Echo(text: "in"), CallContext()).text == "in")
    await pair.end()
  }

  @Test(arguments: [
    ("the old bus key.", "the old bus key.\r\n\nthe new bus key.\n"),
    ("the new bus key.", "the old bus key.\nthe new bus key."),
    ("the old bus key.\nthe new bus key.", "the new bus key.\nthe old bus key."),
    ("the new bus key.\nthe old bus key.", "the new bus key.\n"),
  ])
  func `while a key is replaced both are accepted, and the first is shown`(client: String, server: String) async throws
  {
    let (notices, sink) = AsyncStream.makeStream(of: BusNotice.self)
    let pair = try Pair(serverKey: BusKey(Array(server.utf8)), clientKey: BusKey(Array(client.utf8))) { sink.yield($0) }
    for await notice in notices {
      if case .connected = notice {} else { Issue.record("\(notice)") }
      break
    }
    #expect(try await pair.client.call(Echo(text: "in"), CallContext()).text == "in")
    await pair.end()
  }

  @Test(arguments: ["", "\n", "0123456789abcde", "0123456789abcdef\nshort"])
  func `no key may be short`(text: String) {
    #expect(BusKey(Array(text.utf8)) == nil)
  }

  @Test(arguments: [nil, BusKey([UInt8](repeating: 8, count: 32))])
  func `a wrong key or none is refused`(clientKey: BusKey?) async throws {
    let pair = try Pair(serverKey: BusKey([UInt8](repeating: 7, count: 32)), clientKey: clientKey)
    let failure = await #expect(throws: Failure.self) {
      try await pair.client.call(Echo(text: "x"), CallContext(timeout: 300))
    }
    #expect(failure?.word == .unavailable)
    await pair.end()
  }

  @Test(arguments: [(nil, "it asks for a bus key"), (BusKey([UInt8](repeating: 8, count: 32)), "so the keys differ")])
  func `whose key is refused is never called connected, and says why`(key: BusKey?, why: String) async throws {
    let (notices, sink) = AsyncStream.makeStream(of: BusNotice.self)
    let pair = try Pair(serverKey: BusKey([UInt8](repeating: 7, count: 32)), clientKey: key) { sink.yield($0) }
    var seen: [BusNotice] = []
    for await notice in notices {
      seen.append(notice)
      if seen.count == 3 { break }
    }
    for notice in seen {
      guard case .connectionLost("test", _, let reason) = notice else {
        Issue.record("\(notice)")
        continue
      }
      #expect(reason.contains(why))
    }
    #expect(!pair.client.isReady)
    await pair.end()
  }

  @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "{\"call\":\n", "\u{0}\u{1}\n"])
  func `garbage closes its connection and no other`(bytes: String) async throws {
    let pair = try await Pair.connected()
    _ = try await pair.client.call(Echo(text: "a"), CallContext())
    let port = try pair.server.listen(on: SocketAddress(host: "127.0.0.1", port: 0)!)
    let stream = try await TCPStream.connect(to: SocketAddress(host: "127.0.0.1", port: port)!)
    await withCheckedContinuation { continuation in
      stream.closed = { _ in continuation.resume() }
      stream.write(Array(bytes.utf8))
    }
    #expect(try await pair.client.call(Echo(text: "b"), CallContext()).text == "b")
    await pair.end()
  }

  @Test func `a line typed by hand gets its answer`() async throws {
    let pair = try await Pair.connected()
    let port = try pair.server.listen(on: SocketAddress(host: "127.0.0.1", port: 0)!)
    let stream = try await TCPStream.connect(to: SocketAddress(host: "127.0.0.1", port: port)!)
    let (pieces, sink) = AsyncStream.makeStream(of: [UInt8].self)
    stream.received = { sink.yield(Array($0)) }
    stream.write(Array("{\"call\":\"test.echo\",\"id\":7,\"body\":{\"text\":\"hi\"}}\n".utf8))
    var text = ""
    for await piece in pieces {
      text += String(decoding: piece, as: UTF8.self)
      if text.contains("\"reply\":7") { break }
    }
    #expect(text.contains(#"{"reply":7,"body":{"text":"hi"}}"#))
    stream.close()
    await pair.end()
  }
}
