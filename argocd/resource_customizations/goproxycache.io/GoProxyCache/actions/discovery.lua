local paused = obj.spec ~= nil and obj.spec.paused == true
return {
  pause = { disabled = paused, iconClass = "fa fa-fw fa-pause", displayName = "Pause: the operator leaves the objects alone" },
  resume = { disabled = not paused, iconClass = "fa fa-fw fa-play", displayName = "Resume" },
}
