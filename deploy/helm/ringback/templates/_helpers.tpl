{{- define "ringback.name" -}}
{{- if contains "ringback" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-ringback" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "ringback.selector" -}}
app.kubernetes.io/name: ringback
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ringback.labels" -}}
{{ include "ringback.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "ringback.shared" -}}
{{- if .Values.database.existingSecret }}true{{ end }}
{{- end }}

{{/* media.turn.secret → RINGBACK_MEDIA_TURN_SECRET_FILE */}}
{{- define "ringback.fileVariable" -}}
RINGBACK_{{ regexReplaceAll "([A-Z])" . "_${1}" | replace "." "_" | upper }}_FILE
{{- end }}

{{- define "ringback.pod" -}}
metadata:
  labels:
    {{- include "ringback.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # New settings make new pods.
    checksum/settings: {{ toYaml .Values.settings | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "ringback.name" . }}
  automountServiceAccountToken: false
  # Their variables begin with RINGBACK_ where a Service does, and are no settings.
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  # What is in flight is answered, and devices are told to come back.
  terminationGracePeriodSeconds: 45
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: ringback
      image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      env:
        - { name: RINGBACK_CONFIG, value: /etc/ringback/ringback.yaml }
        # Below the volume, so that the directory is the program's own.
        - { name: RINGBACK_DATA, value: /data/ringback }
        - { name: RINGBACK_OPS, value: '0.0.0.0:9464' }
        {{- if .Values.tls.existingSecret }}
        - { name: RINGBACK_HTTPS, value: '0.0.0.0:8443' }
        - { name: RINGBACK_TLS_CERT, value: /run/secrets/tls/tls.crt }
        - { name: RINGBACK_TLS_KEY, value: /run/secrets/tls/tls.key }
        {{- else }}
        - { name: RINGBACK_HTTPS, value: 'off' }
        {{- end }}
        {{- if .Values.trustProxy }}
        - { name: RINGBACK_HTTP, value: '0.0.0.0:8080' }
        - { name: RINGBACK_GATEWAY_TRUST_PROXY, value: {{ join "," .Values.trustProxy | quote }} }
        {{- else }}
        - { name: RINGBACK_HTTP, value: 'off' }
        {{- end }}
        {{- if .Values.database.existingSecret }}
        - { name: RINGBACK_DATABASE_FILE, value: /run/secrets/database/url }
        {{- end }}
        {{- if .Values.redis.existingSecret }}
        - { name: RINGBACK_REDIS_FILE, value: /run/secrets/redis/url }
        {{- end }}
        {{- range $at, $one := .Values.secretSettings }}
        - { name: {{ include "ringback.fileVariable" $one.setting }}, value: /run/secrets/setting-{{ $at }}/value }
        {{- end }}
        {{- with .Values.media.sfu }}
        {{- if .hostPort }}
        - { name: RINGBACK_MEDIA_SFU_PORT, value: {{ .hostPort | int | quote }} }
        {{- if .announce }}
        - { name: RINGBACK_MEDIA_SFU_ANNOUNCE, value: {{ .announce | quote }} }
        {{- else }}
        - name: RINGBACK_MEDIA_SFU_ANNOUNCE
          valueFrom: { fieldRef: { fieldPath: status.hostIP } }
        {{- end }}
        {{- end }}
        {{- end }}
      ports:
        - { name: ops, containerPort: 9464 }
        {{- if .Values.trustProxy }}
        - { name: http, containerPort: 8080 }
        {{- end }}
        {{- if .Values.tls.existingSecret }}
        - { name: https, containerPort: 8443 }
        {{- end }}
        {{- with .Values.media.sfu.hostPort }}
        - { name: media, containerPort: {{ int . }}, hostPort: {{ int . }}, protocol: UDP }
        {{- end }}
      # The port of operators answers plainly; the others would redirect, which probes take for success.
      startupProbe:
        httpGet: { path: /healthz, port: ops }
        periodSeconds: 2
        # Migrations of a large database may take their time.
        failureThreshold: 300
      livenessProbe:
        httpGet: { path: /healthz, port: ops }
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 3
      readinessProbe:
        httpGet: { path: /readyz, port: ops }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      lifecycle:
        # New requests stop coming before the program stops taking them.
        preStop: { exec: { command: [sleep, '5'] } }
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        - { name: settings, mountPath: /etc/ringback, readOnly: true }
        {{- if .Values.tls.existingSecret }}
        - { name: tls, mountPath: /run/secrets/tls, readOnly: true }
        {{- end }}
        {{- if .Values.database.existingSecret }}
        - { name: database, mountPath: /run/secrets/database, readOnly: true }
        {{- end }}
        {{- if .Values.redis.existingSecret }}
        - { name: redis, mountPath: /run/secrets/redis, readOnly: true }
        {{- end }}
        {{- range $at, $one := .Values.secretSettings }}
        - { name: setting-{{ $at }}, mountPath: /run/secrets/setting-{{ $at }}, readOnly: true }
        {{- end }}
  volumes:
    # 288 is 0440: for the group of the program, whatever reader of YAML there is.
    - { name: tmp, emptyDir: {} }
    - { name: settings, configMap: { name: {{ include "ringback.name" . }} } }
    {{- if include "ringback.shared" . }}
    # The name of the node and the control socket; nothing that a new one would miss.
    - { name: data, emptyDir: {} }
    - name: database
      secret:
        secretName: {{ .Values.database.existingSecret }}
        defaultMode: 288
        items: [{ key: {{ .Values.database.key | quote }}, path: url }]
    {{- end }}
    {{- if .Values.redis.existingSecret }}
    - name: redis
      secret:
        secretName: {{ .Values.redis.existingSecret }}
        defaultMode: 288
        items: [{ key: {{ .Values.redis.key | quote }}, path: url }]
    {{- end }}
    {{- if .Values.tls.existingSecret }}
    - { name: tls, secret: { secretName: {{ .Values.tls.existingSecret }}, defaultMode: 288 } }
    {{- end }}
    {{- range $at, $one := .Values.secretSettings }}
    - name: setting-{{ $at }}
      secret:
        secretName: {{ $one.existingSecret }}
        defaultMode: 288
        items: [{ key: {{ $one.key | quote }}, path: value }]
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "ringback.selector" . | nindent 10 }}
{{- end }}
