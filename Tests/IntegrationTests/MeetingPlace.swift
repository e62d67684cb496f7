import Bus
import Kit
import Loop
import Settings
import Testing

/// Where the ends of a bus meet in one test: ports of this machine, or a NATS server of the test's own.
@LoopActor
final class MeetingPlace {
  private let broker: Broker?
  private var lines: [NATSLine] = []
  private var ports: [ServiceName: Int] = [:]
  private var clients: [BusClient] = []
  private var servers: [BusServer] = []

  /// Ends whatever met there, however the body ends.
  static func with<T>(
    _ transport: Transport,
    _ body: @LoopActor (MeetingPlace) async throws -> T
  ) async throws -> T {
    let place = MeetingPlace(transport == .nats ? try await Broker.start() : nil)
    let result: Result<T, any Error>
    do { result = .success(try await body(place)) } catch { result = .failure(error) }
    await place.end()
    return try result.get()
  }

  private init(_ broker: Broker?) { self.broker = broker }

  /// A line of a process's own; nil where processes meet over TCP.
  func line(_ name: String) -> NATSLine? {
    guard let broker else { return nil }
    let line = NATSLine(NATSSettings(servers: [broker.url]), name: name)
    lines.append(line)
    return line
  }

  /// Lets a service be called from now on.
  func open(_ server: BusServer, as service: ServiceName) throws {
    servers.append(server)
    if let line = line(service.rawValue) { return server.serve(over: line) }
    ports[service] = try server.listen(on: #require(SocketAddress(host: "127.0.0.1", port: 0)))
  }

  /// What another daemon is set to, so that it calls the services that were opened.
  var endpoints: [ServiceName: [Endpoint]] { ports.mapValues { [Endpoint(host: "127.0.0.1", port: $0)] } }

  /// A way to a service that was opened; has connected already, since a busy machine may take longer for that than calls
  /// wait.
  func client(of service: ServiceName) async -> BusClient {
    let (connected, sink) = AsyncStream.makeStream(of: Void.self)
    let notice: @LoopActor (BusNotice) -> Void = { notice in
      if case .connected(service.rawValue, _) = notice { sink.yield() }
    }
    let client: BusClient
    if let line = line("client of \(service.rawValue)") {
      line.start()
      client = BusClient(service: service.rawValue, over: line, notice: notice)
    } else {
      let port = ports[service] ?? 0
      client = BusClient(service: service.rawValue, endpoints: [("127.0.0.1", port)], key: nil, notice: notice)
    }
    client.start()
    clients.append(client)
    for await _ in connected { break }
    return client
  }

  private func end() async {
    for client in clients { client.end() }
    for server in servers { await server.drain(within: .seconds(1)) }
    for line in lines { await line.end() }
    await broker?.stop()
  }
}
