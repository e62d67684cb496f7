import Kit
import Loop
import Outgoing
import Testing

@Suite struct MailClientTests {
  private func mail(_ text: String = "Hi\n.\nQUIT\n..x\n") -> Mail {
    Mail(
      from: MailAddress("no-reply@carillon.example")!,
      to: MailAddress("ann@x.org")!,
      subject: "Hello",
      text: text,
      messageID: "m1@carillon.example",
      date: 1_700_000_000
    )
  }

  @LoopActor private func failure(_ client: MailClient, _ server: LoopbackServer, _ deadline: Duration = .seconds(10))
    async -> OutgoingError?
  {
    do {
      try await client.send(mail(), via: MailRelay(url: "smtp://127.0.0.1:\(server.port)"), deadline: deadline)
      return nil
    } catch {
      return error
    }
  }

  @LoopActor @Test func `a mail is handed over whole, and nobody waits for the farewell`() async throws {
    let server = try LoopbackServer.smtp(polite: false)
    let start = ContinuousClock.now
    #expect(await failure(MailClient(), server, .seconds(60)) == nil)
    await server.connectionClosed()
    // libcurl by itself would wait a minute for the answer to QUIT.
    #expect(ContinuousClock.now - start < .seconds(30))
    let input = server.inputs[0]
    #expect(input.contains("MAIL FROM:<no-reply@carillon.example>") && input.contains("RCPT TO:<ann@x.org>\r\n"))
    #expect(input.contains("\r\n\r\nHi\r\n..\r\nQUIT\r\n...x\r\n.\r\n"))
    #expect(input.hasSuffix("\r\nQUIT\r\n"))
    server.close()
  }

  @LoopActor
  @Test(arguments: [
    ("MAIL", "451 later", 451), ("RCPT", "550 unknown", 550), ("DATA", "554 no", 554), (".", "552 too much", 552),
  ])
  func `a relay's no comes back with its number`(command: String, answer: String, status: Int) async throws {
    let server = try LoopbackServer.smtp { verb, _ in verb == command ? answer : nil }
    #expect(await failure(MailClient(), server) == .refused(status: status))
    #expect(OutgoingError.refused(status: status).mayPass == (status < 500))
    server.close()
  }

  @LoopActor @Test func `a refusal without a farewell costs the deadline once more at most`() async throws {
    let server = try LoopbackServer.smtp(polite: false) { verb, _ in verb == "RCPT" ? "550 unknown" : nil }
    let start = ContinuousClock.now
    #expect(await failure(MailClient(), server, .seconds(3)) == .refused(status: 550))
    #expect(ContinuousClock.now - start < .seconds(30))
    server.close()
  }

  @LoopActor @Test func `a silent relay costs the deadline, a missing one nothing`() async throws {
    let silent = try LoopbackServer { _, _, _ in }
    #expect(await failure(MailClient(), silent, .milliseconds(200)) == .timedOut)
    silent.close()
    guard case .unreachable = await failure(MailClient(), silent) else {
      return #expect(Bool(false), "a closed port must be unreachable")
    }
  }

  @LoopActor @Test func `a password does not travel in clear`() async throws {
    let server = try LoopbackServer.smtp()
    var relay = MailRelay(url: "smtp://127.0.0.1:\(server.port)", user: "u", password: "secret")
    for encryption in [MailRelay.Encryption.whenOffered, .required] {
      relay.encryption = encryption
      do {
        try await MailClient().send(mail(), via: relay)
        #expect(Bool(false), "the mail must not go")
      } catch {
        guard case .insecure = error else { return #expect(Bool(false), "\(error)") }
      }
    }
    #expect(!server.inputs.contains { $0.contains("AUTH") || $0.contains("MAIL") })
    server.close()
  }

  @LoopActor @Test func `other protocols and broken URLs are refused`() async {
    for url in ["http://127.0.0.1:1", "file:///tmp/x", "smtp://a b", "smtp://x\r\ny", ""] {
      do {
        try await MailClient().send(mail(), via: MailRelay(url: url))
        #expect(Bool(false), "\(url)")
      } catch {
        guard case .invalid = error else { return #expect(Bool(false), "\(url): \(error)") }
      }
    }
  }

  @LoopActor @Test func `past the bound a mail is turned away`() async throws {
    let server = try LoopbackServer.smtp()
    #expect(await failure(MailClient(workers: 0, waiting: 0), server) == .busy)
    server.close()
  }
}
