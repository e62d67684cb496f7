import Bus
import JSON
import Kit
import Loop
import Testing
import Wire

/// What only NATS can do to the bus.
@Suite(.needsNATS) @LoopActor struct BusNATSTests {
  @Test func `where nobody listens a call is not sent, and is told so at once`() async throws {
    let pair = try await Pair.connected(.nats)
    await pair.server.drain(within: .seconds(1))
    await pair.lines[0].end()
    let started = ContinuousClock.now
    await #expect(throws: Failure.unsent) { try await pair.client.call(Echo(text: "a"), CallContext()) }
    #expect(ContinuousClock.now - started < .seconds(4))
    #expect(!pair.client.isReady)
    await pair.end()
  }

  @Test func `a service that dies takes its calls with it before their deadline`() async throws {
    let pair = try await Pair.connected(.nats)
    let call = onLoop { () -> Failure? in
      do throws(Failure) {
        _ = try await pair.client.call(Slow(milliseconds: 50_000), CallContext(timeout: 50_000))
      } catch { return error }
      return nil
    }
    await pair.slowCallBegan()
    await pair.lines[0].end()
    #expect(await call.value == .lost)
    await pair.end()
  }

  @Test func `a broker that restarts ends the calls under way, and all goes on`() async throws {
    let pair = try await Pair.connected(.nats)
    let (starts, sink) = AsyncStream.makeStream(of: Void.self)
    pair.client.subscribe(Happened.self, joined: { sink.yield() }, received: { _ in })
    let call = onLoop { () -> Failure? in
      do throws(Failure) {
        _ = try await pair.client.call(Slow(milliseconds: 50_000), CallContext(timeout: 50_000))
      } catch { return error }
      return nil
    }
    await pair.slowCallBegan()
    try await pair.broker?.kill()
    #expect(await call.value == .lost)
    await #expect(throws: Failure.unsent) { try await pair.client.call(Echo(text: "a"), CallContext(timeout: 50)) }
    try await pair.broker?.start()
    for await _ in starts { break }
    #expect(try await pair.client.call(Echo(text: "again"), CallContext()).text == "again")
    await pair.end()
  }

  @Test func `a call waits for a service that is about to come`() async throws {
    let pair = try await Pair.connected(.nats)
    // A call waits half a second, which a busy machine may take from one of them.
    var answers: [String?] = []
    for number in 0..<5 where !answers.contains("patience") {
      let other = BusClient(service: "late\(number)", over: pair.lines[1])
      other.start()
      let call = onLoop { try? await other.call(Echo(text: "patience"), CallContext()).text }
      let late = BusServer(service: "late\(number)", key: nil)
      late.on(Echo.self) { request, _ in request }
      late.serve(over: pair.lines[0])
      answers.append(await call.value)
    }
    #expect(answers.last == "patience")
    await pair.end()
  }

  @Test func `an answer larger than a message of NATS comes whole`() async throws {
    let pair = try await Pair.connected(.nats)
    // Its parts end within characters.
    let text = "\"" + String(repeating: "é", count: 1_600_000) + "\""
    pair.server.on(Heap.self) { _, _ in RawJSON(trusted: Array(text.utf8)) }
    let reply = try await pair.client.call(Heap(count: 0), CallContext(timeout: 20_000))
    #expect(String(decoding: reply.bytes, as: UTF8.self) == text)
    let long = Echo(text: String(repeating: "x", count: 1 << 20))
    await #expect(throws: Failure(.invalid, field: "body", reason: "too_large")) {
      try await pair.client.call(long, CallContext())
    }
    await pair.end()
  }

  @Test func `two copies share the calls, and each event reaches every listener`() async throws {
    let pair = try await Pair.connected(.nats)
    let second = BusServer(service: "test", key: nil)
    var answered = 0
    second.on(Echo.self) { request, _ in
      answered += 1
      return request
    }
    let (joined, joins) = AsyncStream.makeStream(of: Void.self)
    let (events, sink) = AsyncStream.makeStream(of: Int.self)
    pair.client.subscribe(Happened.self, joined: { joins.yield() }, received: { sink.yield($0.what) })
    let line = NATSLine(NATSSettings(servers: [pair.broker?.url ?? ""]), name: "second")
    second.serve(over: line)
    for await _ in joined { break }
    for number in 0..<200 { _ = try await pair.client.call(Echo(text: "\(number)"), CallContext()) }
    #expect((20..<180).contains(answered))
    try second.publish(Happened(what: 2))
    try pair.server.publish(Happened(what: 1))
    var seen: Set<Int> = []
    for await event in events {
      seen.insert(event)
      if seen.count == 2 { break }
    }
    #expect(seen == [1, 2])
    await line.end()
    await pair.end()
  }

  @Test func `a copy that dies takes its calls with it, and no others`() async throws {
    let pair = try await Pair.connected(.nats)
    let (joined, joins) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
    pair.client.subscribe(Happened.self, joined: { joins.yield(.now) }, received: { _ in })
    let second = BusServer(service: "test", key: nil)
    let line = NATSLine(NATSSettings(servers: [pair.broker?.url ?? ""]), name: "second")
    let (taken, takes) = AsyncStream.makeStream(of: Int.self)
    let (opened, opening) = AsyncStream.makeStream(of: Void.self)
    for (number, server) in [pair.server, second].enumerated() {
      server.on(Unheard.self) { _, _ in
        takes.yield(number)
        for await _ in opened { break }
        return Empty()
      }
    }
    second.serve(over: line)
    for await _ in joined { break }
    // One after the other, until each copy has one of each kind.
    var calls: [(copy: Int, repeats: Bool, answer: Task<Bool, Never>)] = []
    var copies = taken.makeAsyncIterator()
    while Set(calls.map { [$0.copy, $0.repeats ? 1 : 0] }).count < 4 {
      let repeats = calls.count.isMultiple(of: 2)
      let context = CallContext(timeout: 50_000, isRepeatable: repeats)
      let call = onLoop { (try? await pair.client.call(Unheard(), context)) != nil }
      calls.append((try #require(await copies.next()), repeats, call))
    }
    let killed = ContinuousClock.now
    await line.end()
    for call in calls where call.copy == 1 && !call.repeats { #expect(await call.answer.value == false) }
    #expect(.now - killed < .seconds(20))
    #expect(pair.client.isReady)
    // Those who follow its events may have missed some.
    for await moment in joined where moment > killed { break }
    opening.finish()
    for call in calls where call.copy == 0 || call.repeats { #expect(await call.answer.value) }
    await pair.end()
  }

  @Test func `who may not connect finds nobody, and who may is let in`() async throws {
    let broker = try await Broker.start(["--user", "carillon", "--pass", "s3cret"])
    let (refusals, sink) = AsyncStream.makeStream(of: String.self)
    let stranger = NATSLine(NATSSettings(servers: [broker.url]), name: "stranger") { notice in
      if case .connectionLost(_, _, let reason) = notice { sink.yield(reason) }
    }
    stranger.start()
    for await reason in refusals {
      #expect(reason.contains("Authorization"))
      break
    }
    #expect(!stranger.isReady)
    await stranger.end()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let credentials = NATSSettings.Credentials(file: "", content: "carillon:s3cret")
    let friend = NATSLine(NATSSettings(servers: [broker.url], credentials: credentials), name: "friend") { notice in
      if case .connected = notice { arrived.yield() }
    }
    friend.start()
    for await _ in arrivals { break }
    #expect(friend.isReady)
    await friend.end()
    await broker.stop()
  }

  /// What became of a line to a server with a certificate for one name, trusting the certificates of a file.
  private func meet(_ host: String, certificateFor name: String, trustingIt: Bool) async throws -> BusNotice? {
    let folder = "/tmp/carillon-tls-\(UInt64.random(in: 0...UInt64.max))"
    _ = try await Command(["/bin/mkdir", folder]).run()
    let (key, certificate) = ("\(folder)/key.pem", "\(folder)/cert.pem")
    _ = try await Command([
      "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2",
      "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
    ]).run()
    let broker = try await Broker.start(["--tls", "--tlscert", certificate, "--tlskey", key])
    let (notices, sink) = AsyncStream.makeStream(of: BusNotice.self)
    var settings = NATSSettings(servers: ["tls://\(host):\(broker.port)"])
    if trustingIt { settings.certificateFile = certificate }
    let line = NATSLine(settings, name: "tls") { sink.yield($0) }
    line.start()
    var seen: BusNotice?
    for await notice in notices {
      seen = notice
      break
    }
    await line.end()
    await broker.stop()
    _ = try await Command(["/bin/rm", "-r", folder]).run()
    return seen
  }

  @Test func `TLS asks for a certificate that is trusted and of the right name`() async throws {
    let good = try await meet("localhost", certificateFor: "DNS:localhost", trustingIt: true)
    guard case .connected = good else { return _ = Issue.record("\(String(describing: good))") }
    for (name, isTrusted) in [("DNS:localhost", false), ("DNS:other.example.org", true)] {
      let bad = try await meet("localhost", certificateFor: name, trustingIt: isTrusted)
      guard case .connectionLost = bad else { return _ = Issue.record("\(name) \(String(describing: bad))") }
    }
  }
}
