/// How a live input is at the moment.
package enum ConnectionState: String, Sendable {
  case connecting, live, reconnecting, ended
}
