import Bus
import JSON
import Kit
import Loop
import Wire

struct Echo: Call, Codable, Equatable {
  typealias Reply = Echo
  static let name = "test.echo"
  var text: String
}

struct Slow: Call, Codable {
  typealias Reply = Empty
  static let name = "test.slow"
  var milliseconds: Int
}

/// What is answered to it is bytes already, since coding millions of them takes a debug build long.
struct Heap: Call, Codable {
  typealias Reply = RawJSON
  static let name = "test.heap"
  var count: Int
}

struct Happened: Event, Codable, Equatable {
  static let subject = "test.happened"
  var what: Int
}

struct Unheard: Call, Codable {
  typealias Reply = Empty
  static let name = "test.unheard"
}

/// A server and a client of it over real loopback sockets, or over a NATS server of their own.
@LoopActor
final class Pair {
  let server: BusServer
  let client: BusClient
  /// The lines of the server and of the client; none over TCP.
  let lines: [NATSLine]
  let broker: Broker?
  private let begun: AsyncStream<Void>

  /// Connected already, so that a busy machine's slow connect is not mistaken for a service that is away.
  static func connected(_ transport: Transport = .tcp, key: BusKey? = nil) async throws -> Pair {
    let (connected, sink) = AsyncStream.makeStream(of: Void.self)
    let broker = transport == .nats ? try await Broker.start() : nil
    let pair = try Pair(broker: broker, serverKey: key, clientKey: key) { notice in
      if case .connected("test", _) = notice { sink.yield() }
    }
    for await _ in connected { break }
    return pair
  }

  init(
    broker: Broker? = nil,
    serverKey: BusKey? = nil,
    clientKey: BusKey? = nil,
    notice: @escaping @LoopActor (BusNotice) -> Void = { _ in }
  ) throws {
    self.broker = broker
    lines =
      broker.map { broker in
        ["server", "client"].map { NATSLine(NATSSettings(servers: [broker.url]), name: $0, notice: notice) }
      } ?? []
    server = BusServer(service: "test", key: serverKey)
    server.on(Echo.self) { request, _ in request }
    let (begun, sink) = AsyncStream.makeStream(of: Void.self)
    self.begun = begun
    server.on(Slow.self) { request, _ in
      sink.yield()
      try await pause(for: .milliseconds(request.milliseconds))
      return Empty()
    }
    if lines.isEmpty {
      let port = try server.listen(on: SocketAddress(host: "127.0.0.1", port: 0)!)
      client = BusClient(service: "test", endpoints: [("127.0.0.1", port)], key: clientKey, notice: notice)
    } else {
      server.serve(over: lines[0])
      client = BusClient(service: "test", over: lines[1], notice: notice)
    }
    client.start()
  }

  /// Until a slow call is under way.
  func slowCallBegan() async {
    for await _ in begun { return }
  }

  func end() async {
    client.end()
    await server.drain(within: .seconds(1))
    for line in lines { await line.end() }
    await broker?.stop()
  }
}
