--- Credential values with a meaning of their own, to be used as the value of any configuration entry.
local reserved = {
  --- The provider refuses it: creating and re-provisioning answer 401 with `providerMessage`.
  REJECTED = "sandbox-rejected",
  --- The platform takes it and the provider does not: creating answers 200, `/ping` and the other
  --- provider calls answer 401 with `providerMessage`.
  UNVERIFIED = "sandbox-unverified",
}

return reserved
