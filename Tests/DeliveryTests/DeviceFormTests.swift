import Security
import Testing
import Wire

@testable import DeliveryCore

@Suite struct DeviceFormTests {
  private let keys = Delivery.AddDevice.Keys(
    p256dh: Base64URL.encode([UInt8](repeating: 4, count: 65)),
    auth: Base64URL.encode([UInt8](repeating: 1, count: 16))
  )

  private func browser(_ endpoint: String, _ keys: Delivery.AddDevice.Keys?) -> Delivery.AddDevice {
    var call = Delivery.AddDevice(kind: "web")
    call.endpoint = endpoint
    call.keys = keys
    return call
  }

  private func telephone(_ kind: String, _ token: String?, app: String? = nil, name: String? = nil)
    -> Delivery.AddDevice
  {
    var call = Delivery.AddDevice(kind: kind)
    call.token = token
    call.app = app
    call.name = name
    return call
  }

  private func refusal(_ call: Delivery.AddDevice) -> Failure? {
    do throws(Failure) {
      _ = try DeviceForm(call, origins: [])
      return nil
    } catch { return error }
  }

  @Test func `a browser is described as it describes itself`() throws {
    var call = browser("https://push.example/abc", keys)
    call.name = "Work"
    let form = try DeviceForm(call, origins: [])
    #expect(form.target.address == "https://push.example/abc" && form.target.channel == .web)
    #expect(form.app == nil && form.name == "Work")
  }

  @Test func `a telephone says which app it has`() throws {
    let form = try DeviceForm(telephone("ios", "abc", app: "pictever"), origins: [])
    #expect(form.target == .telephone(.ios, token: "abc") && form.app == .pictever)
    let usual = try DeviceForm(telephone("android", "abc"), origins: [])
    #expect(usual.app == .jarvis)
  }

  @Test func `what can never be reached is refused by the name of its field`() {
    #expect(refusal(telephone("fax", "t")) == .invalid("kind"))
    #expect(refusal(telephone("ios", nil)) == .missing("token"))
    #expect(refusal(telephone("ios", "")) == .invalid("token"))
    #expect(refusal(telephone("ios", "t", app: "other")) == .invalid("app"))
    #expect(refusal(telephone("ios", "t", name: "a\0")) == .invalid("name"))
    #expect(refusal(Delivery.AddDevice(kind: "web")) == .missing("endpoint"))
    #expect(refusal(browser("https://push.example/", nil)) == .missing("keys"))
    for endpoint in ["http://push.example/a", "x", "https://push.example/" + String(repeating: "a", count: 2000)] {
      #expect(refusal(browser(endpoint, keys)) == .invalid("endpoint"))
    }
    let short = Delivery.AddDevice.Keys(p256dh: "BCVx", auth: keys.auth)
    #expect(refusal(browser("https://push.example/", short)) == .invalid("keys"))
  }

  @Test func `a push service of the operator's own needs no certificate`() throws {
    let form = try DeviceForm(browser("http://127.0.0.1:9/abc", keys), origins: ["http://127.0.0.1:9"])
    #expect(form.target.provider == .web)
  }
}
