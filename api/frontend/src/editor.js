import Yasgui from "@zazuko/yasgui"; window.y=Yasgui
